-- Visitors who search, against those who only look.
SELECT 'searches' AS habit, count(DISTINCT s.visitor) AS visitors, avg(s.pages) AS pages
FROM web.sessions AS s
WHERE s.session_id IN (SELECT e.session_id FROM web.events AS e WHERE e.name = 'search')
UNION ALL
SELECT 'looks' AS habit, count(DISTINCT s.visitor) AS visitors, avg(s.pages) AS pages
FROM web.sessions AS s
WHERE s.session_id NOT IN (SELECT e.session_id FROM web.events AS e WHERE e.name = 'search')
