SELECT u.plan, count(*) AS sessions FROM users u JOIN sessions s ON s.user_id = u.id GROUP BY u.plan ORDER BY sessions DESC, u.plan

SELECT s.device, sum(s.duration) AS duration FROM sessions s WHERE s.user_id IN (SELECT id FROM users WHERE plan = 'pro') GROUP BY s.device

SELECT e.kind, count(*) AS n, sum(e.value) AS value FROM events e JOIN sessions s ON s.id = e.session_id WHERE s.duration > 2 GROUP BY e.kind HAVING sum(e.value) > 1

WITH firsts AS (SELECT user_id, min(day) AS day FROM events GROUP BY user_id), returns AS (SELECT f.user_id, count(*) AS n FROM firsts f JOIN events e ON e.user_id = f.user_id AND e.day > f.day GROUP BY f.user_id) SELECT u.name, r.n FROM returns r JOIN users u ON u.id = r.user_id ORDER BY r.n DESC, u.name, u.id

WITH steps AS (SELECT user_id, kind, row_number() OVER (PARTITION BY user_id ORDER BY id) AS step FROM events) SELECT a.kind, b.kind AS following, count(*) AS n FROM steps a JOIN steps b ON b.user_id = a.user_id AND b.step = a.step + 1 GROUP BY a.kind, b.kind

WITH e AS (SELECT * FROM events), s AS (SELECT * FROM sessions), joined AS (SELECT s.device, e.kind, e.value FROM e JOIN s ON s.id = e.session_id) SELECT device, kind, sum(value) AS value FROM joined GROUP BY device, kind

WITH e AS (SELECT * FROM events), f AS (SELECT * FROM e), g AS (SELECT * FROM f) SELECT kind, max(value) AS top FROM g WHERE value > 1 GROUP BY kind

SELECT kind FROM events WHERE kind IN (SELECT kind FROM events GROUP BY kind HAVING count(*) > 2)

SELECT u.name FROM users u WHERE NOT EXISTS (SELECT 1 FROM events WHERE user_id = u.id AND kind = 'buy')

SELECT u.name, (SELECT max(value) FROM events WHERE user_id = u.id AND day >= u.day) AS best FROM users u ORDER BY u.id

SELECT u.name, (SELECT max(value) FROM events e WHERE e.user_id = u.id AND e.session_id IN (SELECT id FROM sessions WHERE duration > e.value AND user_id = u.id)) AS best FROM users u

SELECT day, kind, value, sum(value) OVER (PARTITION BY kind ORDER BY day, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM events ORDER BY kind, day, id

SELECT kind, value, avg(value) OVER w AS mean, count(*) OVER w AS n FROM events WINDOW w AS (PARTITION BY kind) ORDER BY kind, value, id

SELECT id, first_value(kind) OVER (PARTITION BY session_id ORDER BY id) AS entry FROM events ORDER BY id

SELECT user_id, value FROM (SELECT user_id, value, rank() OVER (PARTITION BY user_id ORDER BY value DESC) AS place FROM events) x WHERE place = 1

SELECT a.id AS a, b.id AS b FROM events a JOIN events b ON a.session_id = b.session_id AND a.id < b.id AND a.kind <> b.kind

SELECT kind AS day, day AS kind FROM events ORDER BY day, kind

SELECT value AS user_id, user_id AS value FROM events WHERE events.value > 2

SELECT value AS n FROM events ORDER BY n, id

SELECT session_id AS value, sum(value) AS total FROM events GROUP BY session_id

SELECT kind, value FROM events e WHERE value = (SELECT max(value) FROM events WHERE kind = e.kind)

SELECT kind, value FROM events WHERE (kind, value) IN (SELECT kind, max(value) FROM events GROUP BY kind)

SELECT name FROM users WHERE id IN (SELECT user_id FROM sessions UNION SELECT user_id FROM events WHERE value > 3)

SELECT name FROM users WHERE id IN (SELECT user_id FROM sessions INTERSECT SELECT user_id FROM events)

SELECT plan, name FROM users UNION SELECT kind, device FROM events JOIN sessions ON sessions.id = events.session_id

SELECT 'user' AS what, name AS label, id FROM users UNION ALL SELECT 'event', kind, value FROM events ORDER BY what, label, id

SELECT x.user_id, x.n FROM (SELECT user_id, count(*) AS n FROM events GROUP BY user_id UNION ALL SELECT user_id, count(*) FROM sessions GROUP BY user_id) x ORDER BY x.user_id, x.n

SELECT name, plan FROM users WHERE plan = 'pro' AND ref_id IN (SELECT id FROM users WHERE plan = 'free')

SELECT r.name AS referrer, count(u.id) AS referred FROM users u JOIN users r ON u.ref_id = r.id GROUP BY r.name ORDER BY referred DESC, r.name

WITH RECURSIVE chain AS (SELECT id, ref_id, name FROM users WHERE ref_id IS NULL UNION SELECT u.id, u.ref_id, c.name FROM users u JOIN chain c ON u.ref_id = c.id) SELECT name, count(*) AS n FROM chain GROUP BY name

WITH users AS (SELECT user_id AS id, device AS name FROM sessions) SELECT name, count(*) AS n FROM users GROUP BY name

WITH kind AS (SELECT kind FROM events WHERE value > 1) SELECT kind.kind FROM kind

WITH value(value) AS (SELECT max(value) FROM events) SELECT e.kind FROM events e, value WHERE e.value = value.value

SELECT kind.value FROM events kind WHERE kind.kind = 'view'

SELECT value.kind FROM (SELECT kind, value FROM events) value WHERE value.value > 1

SELECT events.kind FROM sessions kind JOIN events ON events.session_id = kind.id WHERE kind.duration > 1

SELECT id FROM events WHERE value > 1 AND session_id IN (SELECT id FROM sessions WHERE device = kind)

SELECT id FROM sessions WHERE duration IN (SELECT value FROM events WHERE events.user_id = sessions.user_id)

SELECT id FROM sessions WHERE user_id IN (SELECT user_id FROM events WHERE kind = 'buy' AND sessions.duration > value)

SELECT s.id FROM sessions s LEFT JOIN events e ON e.session_id = s.id WHERE e.id IS NULL

SELECT s.day, count(*) AS n FROM sessions s JOIN events e ON e.day = s.day AND e.user_id = s.user_id GROUP BY s.day

SELECT coalesce(e.day, s.day) AS day FROM events e FULL JOIN sessions s ON s.id = e.session_id ORDER BY 1

SELECT count(*) AS n FROM events e CROSS JOIN sessions s WHERE e.value > s.duration

SELECT max(n) AS n FROM (SELECT kind, count(*) AS n FROM events GROUP BY kind) AS x

SELECT kind, count(*) AS count FROM events GROUP BY kind ORDER BY count(*) DESC, kind

SELECT e.kind AS k, sum(e.value) AS v FROM events e GROUP BY e.kind ORDER BY v, k

SELECT kind || '-' || coalesce(kind, 'x') AS kind FROM events WHERE kind >= 'b'

SELECT nullif(value, 2) AS value, -value AS minus, value % 2 AS odd FROM events

SELECT CAST(value AS VARCHAR(10)) AS value FROM events WHERE CAST(value AS INTEGER) > 1

SELECT id FROM events WHERE value IN (1, 2, session_id) AND NOT (kind = 'view' OR kind IS NULL)

SELECT min(day) AS first_day, max(day) AS last_day FROM events WHERE day BETWEEN '2024-02-01' AND '2024-11-01'

SELECT kind, sum(value) * 100 / (SELECT sum(value) FROM events) AS share FROM events GROUP BY kind

SELECT d.device, k.kind, (SELECT count(*) FROM events e JOIN sessions s ON s.id = e.session_id WHERE s.device = d.device AND e.kind = k.kind) AS n FROM (SELECT DISTINCT device FROM sessions) d CROSS JOIN (SELECT DISTINCT kind FROM events) k

WITH daily AS (SELECT day, user_id, sum(value) AS value FROM events GROUP BY day, user_id), weekly AS (SELECT d.user_id, d.day, (SELECT sum(w.value) FROM daily w WHERE w.user_id = d.user_id AND w.day <= d.day) AS value FROM daily d) SELECT user_id, max(value) AS value FROM weekly GROUP BY user_id HAVING max(value) > 2

WITH base AS (SELECT s.id, s.user_id, s.duration, e.kind, e.value FROM sessions s JOIN events e ON e.session_id = s.id), agg AS (SELECT user_id, kind, sum(value) AS value, max(duration) AS duration FROM base GROUP BY user_id, kind), best AS (SELECT user_id, max(value) AS value FROM agg GROUP BY user_id) SELECT u.name, a.kind, a.value, a.duration FROM agg a JOIN best b ON b.user_id = a.user_id AND b.value = a.value JOIN users u ON u.id = a.user_id ORDER BY u.name, a.kind, a.value, a.duration

SELECT "value" AS "Value", "kind" AS "order" FROM "events" ORDER BY "order", "Value"

SELECT e."value" + "e".value AS twice FROM events AS "e"

--! duckdb postgres
SELECT kind, array_agg(value ORDER BY value, id) AS vals FROM events GROUP BY kind

--! duckdb postgres
SELECT u.name, x.kind FROM users u, LATERAL (SELECT kind FROM events WHERE user_id = u.id AND value > u.ref_id) x

--! duckdb postgres
SELECT u.name, x.n FROM users u LEFT JOIN LATERAL (SELECT count(*) AS n FROM events e WHERE e.user_id = u.id) x ON TRUE

--! duckdb postgres
SELECT e.id, g.value FROM events e, generate_series(1, 2) AS g(value) WHERE e.value = g.value

--! duckdb postgres
SELECT v.kind, e.value FROM (VALUES ('view', 1), ('buy', 2)) AS v(kind, weight) JOIN events e ON e.kind = v.kind AND e.value >= v.weight

--! duckdb postgres
SELECT t.k, t.day FROM events AS t(a, b, c, k) WHERE t.k = 'view'

--! duckdb postgres
SELECT value::text AS value, kind::varchar AS kind FROM events

--! duckdb postgres
SELECT e.value::text || e.kind AS label FROM events e WHERE (e.value + 1)::int > 2

--! postgres
SELECT kind::text, (value), CASE WHEN value > 1 THEN 1 ELSE value END, (SELECT max(value) FROM events) FROM events

--! postgres
SELECT sum(value), count(kind), upper(kind) FROM events GROUP BY kind

--! postgres
SELECT value + 1 AS kind, count(*) AS n FROM events GROUP BY value HAVING max(kind) > 'a'

--! postgres
SELECT kind, value FROM events ORDER BY value + 1 NULLS FIRST, kind COLLATE "C", id

--! postgres
SELECT U&"value", E'va\'lue' AS s, $$ value $$ AS d FROM events

--! duckdb
SELECT kind, value FROM events QUALIFY row_number() OVER (PARTITION BY kind ORDER BY id) = 1

--! duckdb
SELECT kind AS k, sum(value) AS total FROM events GROUP BY k HAVING total > 2

--! duckdb
SELECT kind, count(*) AS n FROM events GROUP BY ALL

--! duckdb
SELECT COLUMNS(e.*) FROM (SELECT value AS a, kind AS b FROM events) e

--! duckdb
WITH s AS (SELECT * FROM events SEMI JOIN sessions ON sessions.id = events.session_id) SELECT s.kind, s.value FROM s

--! duckdb
SELECT e.id FROM events e ANTI JOIN sessions s ON s.id = e.session_id AND s.duration > e.value

--! duckdb
SELECT e.id, s.id AS sid FROM events e POSITIONAL JOIN sessions s

--! duckdb
SELECT kind, max(value) FILTER (value > 1) AS big FROM events GROUP BY kind

--! duckdb
SELECT x.k, x.v FROM (SELECT unnest([kind, 'none']) AS k, value AS v FROM events) x

--! duckdb
SELECT list_filter([1, 2, 3], lambda value: value > 1) AS l, list_transform([1, 2], lambda x: x + value) AS m FROM events

--! duckdb
SELECT (SELECT max(value) FROM events WHERE kind = o.kind) AS value FROM (SELECT DISTINCT kind FROM events) o ORDER BY value

--! duckdb
PIVOT (SELECT kind, value FROM events) ON kind IN ('view', 'buy') USING sum(value)

--! sqlite
SELECT kind, value, max(value) AS m FROM events GROUP BY kind HAVING m > 1

--! sqlite
SELECT kind AS k FROM events WHERE k = 'view' GROUP BY k

--! sqlite
SELECT value, value + 1, "value", (value) FROM events ORDER BY 1, 2

--! sqlite
SELECT group_concat(kind, '|') IS NULL AS g FROM events WHERE value == 2

--! sqlite
SELECT e.value IS s.duration AS same, e.kind REGEXP_FREE FROM events e JOIN sessions s ON s.id = e.session_id
