-- What each visitor searched for last.
SELECT visitor, page AS searched, occurred_at
FROM (
    SELECT s.visitor, e.page, e.occurred_at,
           row_number() OVER (PARTITION BY s.visitor ORDER BY e.occurred_at DESC) AS nth
    FROM web.events AS e
    INNER JOIN web.sessions AS s ON s.session_id = e.session_id
    WHERE e.name = 'search'
) AS searches
WHERE nth = 1
ORDER BY visitor
