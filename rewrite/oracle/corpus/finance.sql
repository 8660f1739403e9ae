SELECT a.kind, sum(t.amount) AS amount FROM accounts a JOIN transfers t ON t.from_id = a.id GROUP BY a.kind ORDER BY amount DESC, a.kind

SELECT a.id, (SELECT sum(amount) FROM transfers WHERE to_id = a.id) AS received, (SELECT sum(amount) FROM transfers WHERE from_id = a.id) AS sent FROM accounts a ORDER BY a.id

WITH flows AS (SELECT from_id AS id, -amount AS amount, day FROM transfers UNION ALL SELECT to_id, amount, day FROM transfers), balances AS (SELECT id, sum(amount) AS balance FROM flows GROUP BY id) SELECT a.owner, a.balance, b.balance AS movement FROM balances b JOIN accounts a ON a.id = b.id ORDER BY a.id

WITH t AS (SELECT * FROM transfers), x AS (SELECT t.amount, t.kind, r.rate FROM t JOIN rates r ON r.kind = t.kind AND r.day = t.day) SELECT kind, sum(amount * rate) AS value FROM x GROUP BY kind

SELECT t.id, t.amount * coalesce((SELECT max(r.rate) FROM rates r WHERE r.kind = t.kind AND r.day <= t.day), 1) AS value FROM transfers t ORDER BY t.id

SELECT f.owner AS payer, g.owner AS payee, t.amount FROM transfers t JOIN accounts f ON f.id = t.from_id JOIN accounts g ON g.id = t.to_id WHERE f.kind <> g.kind OR f.status = g.status

SELECT kind, status, count(*) AS n FROM accounts GROUP BY kind, status HAVING count(*) >= 1 ORDER BY kind, status

SELECT kind FROM accounts WHERE balance > (SELECT avg(balance) FROM accounts) UNION SELECT kind FROM transfers WHERE amount > (SELECT avg(amount) FROM transfers)

SELECT owner, kind, balance, rank() OVER (PARTITION BY kind ORDER BY balance DESC) AS place, balance - max(balance) OVER (PARTITION BY kind) AS gap FROM accounts

SELECT day, sum(amount) AS amount, sum(sum(amount)) OVER (ORDER BY day) AS total FROM transfers GROUP BY day ORDER BY day

SELECT r.day, r.rate, lead(r.rate) OVER (PARTITION BY r.kind ORDER BY r.day, r.id) AS following FROM rates r ORDER BY r.kind, r.day, r.id

SELECT id FROM accounts WHERE id NOT IN (SELECT from_id FROM transfers WHERE from_id IS NOT NULL)

SELECT id FROM accounts a WHERE EXISTS (SELECT 1 FROM transfers WHERE from_id = a.id AND kind = a.kind) AND NOT EXISTS (SELECT 1 FROM transfers WHERE to_id = a.id AND amount > balance)

SELECT id FROM accounts WHERE balance > (SELECT sum(amount) FROM transfers WHERE from_id = accounts.id AND status = 'done')

SELECT owner FROM accounts WHERE kind IN (SELECT kind FROM rates WHERE rate > balance)

SELECT owner FROM accounts WHERE status IN (SELECT status FROM transfers WHERE kind = accounts.kind)

SELECT amount, kind AS amount2 FROM transfers WHERE kind IN (SELECT kind FROM accounts) ORDER BY amount, amount2, id

SELECT t.kind, a.kind, r.kind FROM transfers t JOIN accounts a ON a.id = t.to_id JOIN rates r ON r.day = t.day

SELECT status, CASE WHEN sum(amount) > 5 THEN 'much' ELSE status END AS kind FROM transfers GROUP BY status

SELECT status AS kind FROM accounts WHERE accounts.kind = 'cash' ORDER BY kind

SELECT status AS kind, count(*) AS n FROM accounts GROUP BY accounts.status ORDER BY kind

SELECT kind AS status, status AS kind FROM accounts WHERE kind = 'cash' AND status = 'open'

SELECT balance AS amount FROM accounts UNION ALL SELECT amount FROM transfers ORDER BY amount

SELECT x.amount FROM (SELECT balance AS amount FROM accounts) x JOIN transfers t ON t.amount = x.amount

SELECT x.amount, t.amount AS other FROM (SELECT * FROM transfers) x, (SELECT amount, day FROM transfers) t WHERE x.day = t.day AND x.amount > t.amount

WITH amount AS (SELECT amount FROM transfers) SELECT amount.amount FROM amount WHERE amount.amount > 1

--! duckdb postgres
WITH rates AS (SELECT kind, max(rate) AS rate FROM rates GROUP BY kind) SELECT kind, rate FROM rates ORDER BY kind, rate

WITH a AS (SELECT kind FROM accounts), b AS (WITH a AS (SELECT kind FROM transfers) SELECT kind FROM a) SELECT a.kind FROM a JOIN b ON b.kind = a.kind

WITH a(kind, n) AS (SELECT status, count(*) FROM accounts GROUP BY status) SELECT a.kind, t.kind AS tk FROM a JOIN transfers t ON t.status = a.kind

WITH RECURSIVE paths AS (SELECT from_id, to_id, amount, 1 AS hops FROM transfers WHERE amount > 3 UNION ALL SELECT p.from_id, t.to_id, t.amount, p.hops + 1 FROM paths p JOIN transfers t ON t.from_id = p.to_id WHERE p.hops < 3) SELECT from_id, to_id, max(hops) AS hops, sum(amount) AS amount FROM paths GROUP BY from_id, to_id

WITH RECURSIVE reach(id) AS (SELECT to_id FROM transfers WHERE from_id = 1 UNION SELECT t.to_id FROM transfers t JOIN reach r ON r.id = t.from_id) SELECT a.owner FROM accounts a JOIN reach r ON r.id = a.id ORDER BY a.owner, a.id

SELECT (SELECT (SELECT max(rate) FROM rates WHERE kind = t.kind AND day >= a.opened) FROM transfers t WHERE t.from_id = a.id ORDER BY t.id LIMIT 1) AS rate, a.id FROM accounts a ORDER BY a.id

SELECT a.owner FROM accounts a WHERE 1 < (SELECT count(*) FROM transfers t WHERE t.from_id = a.id AND t.amount > (SELECT min(u.amount) FROM transfers u WHERE u.to_id = a.id AND u.kind = t.kind))

SELECT count(*) AS n, min(t.day) AS day FROM transfers t LEFT JOIN rates r ON r.kind = t.kind AND r.day = t.day AND r.rate > 1 WHERE r.id IS NULL

SELECT t.id FROM transfers t JOIN rates r ON (t.kind = r.kind AND t.day = r.day) OR t.amount = r.rate

SELECT o.kind, o.total FROM (SELECT kind, total FROM (SELECT kind, sum(amount) AS total FROM transfers GROUP BY kind) i WHERE i.total > 1) o ORDER BY o.total, o.kind

SELECT m.kind FROM (SELECT kind FROM accounts UNION SELECT kind FROM transfers UNION SELECT kind FROM rates) m ORDER BY m.kind

SELECT kind, sum(n) AS n FROM (SELECT kind, 1 AS n FROM accounts UNION ALL SELECT kind, 2 FROM transfers) x GROUP BY kind

--! duckdb postgres
(SELECT kind FROM accounts ORDER BY kind LIMIT 2)

SELECT rates.rate, rates.kind FROM rates WHERE rates.rate BETWEEN 1 AND 3 ORDER BY rates.rate, rates.kind, rates.id

SELECT rates.kind FROM rates rates WHERE rates.rate > 1

SELECT transfers.kind FROM accounts transfers WHERE transfers.balance > 1

SELECT accounts.kind FROM transfers accounts JOIN accounts transfers ON transfers.id = accounts.from_id

SELECT kind.kind FROM accounts kind JOIN transfers status ON status.from_id = kind.id WHERE status.status = kind.status

SELECT day FROM rates WHERE day = (SELECT max(day) FROM transfers WHERE day < (SELECT max(day) FROM rates))

SELECT count(kind) AS kinds, count(DISTINCT kind) AS kind FROM rates

SELECT max(kind) AS kind FROM rates GROUP BY day HAVING min(kind) = max(kind)

SELECT max(rate) AS rate, kind FROM rates GROUP BY kind ORDER BY rate, kind

SELECT max(rate) - min(rate) AS spread FROM rates GROUP BY kind ORDER BY max(rate) DESC, min(rate), kind

SELECT kind, amount FROM transfers ORDER BY kind, amount DESC, id LIMIT 5

SELECT kind, amount FROM transfers ORDER BY 2, 1, id LIMIT 4 OFFSET 2

INSERT INTO transfers (id, amount, kind) SELECT id, balance, kind FROM accounts WHERE status = 'open' --writes transfers

UPDATE transfers SET amount = amount + 1, kind = status WHERE kind = 'cash' --writes transfers

UPDATE accounts SET balance = (SELECT sum(amount) FROM transfers WHERE to_id = accounts.id) WHERE kind = 'cash' --writes accounts

UPDATE accounts SET status = t.status FROM transfers t WHERE t.id = accounts.id AND t.amount > accounts.balance --writes accounts

DELETE FROM transfers WHERE amount > 3 OR kind IN (SELECT kind FROM rates WHERE rate > amount) --writes transfers

DELETE FROM transfers WHERE from_id IN (SELECT id FROM accounts WHERE status = transfers.status) RETURNING amount, kind AS k --writes transfers

UPDATE transfers SET amount = 0 WHERE kind = 'card' RETURNING id, kind, transfers.status --writes transfers

INSERT INTO rates (kind, rate, id) VALUES ('new', 9, 99) RETURNING kind, rate + 1 AS more --writes rates

CREATE TEMP TABLE made AS SELECT kind, sum(amount) AS amount FROM transfers GROUP BY kind; SELECT kind, amount FROM made ORDER BY kind

CREATE TEMP VIEW seen AS SELECT kind, rate FROM rates WHERE rate > 1; SELECT s.kind, s.rate FROM seen s

CREATE TEMP VIEW seen(a, b) AS SELECT kind, rate FROM rates; SELECT a FROM seen WHERE b > 1

--! duckdb postgres
MERGE INTO accounts a USING transfers t ON a.id = t.id WHEN MATCHED AND t.amount > 2 THEN UPDATE SET balance = t.amount + a.balance, kind = t.kind WHEN NOT MATCHED THEN INSERT (id, kind) VALUES (t.id, t.kind) --writes accounts

--! duckdb postgres
DELETE FROM transfers t USING accounts a WHERE a.id = t.from_id AND a.kind = t.kind --writes transfers

--! duckdb postgres
SELECT a.owner, t.amount, t.kind FROM accounts a CROSS JOIN LATERAL (SELECT amount, kind FROM transfers WHERE from_id = a.id AND kind = a.kind ORDER BY amount, id LIMIT 2) t

--! duckdb postgres
SELECT kind, status, sum(amount) AS amount FROM transfers GROUP BY GROUPING SETS ((kind, status), (kind), ()) HAVING grouping(status) = 0 OR sum(amount) > 3

--! sqlite postgres
SELECT t.kind, t.amount FROM transfers t WHERE (t.kind, t.amount) IN (SELECT kind, max(amount) FROM transfers WHERE status = t.status GROUP BY kind)

--! duckdb postgres
SELECT x.kind, x.n FROM (SELECT kind, count(*) FROM accounts GROUP BY kind) AS x(kind, n) ORDER BY x.n, x.kind

--! duckdb postgres
SELECT kind FROM accounts INTERSECT ALL SELECT kind FROM transfers

--! duckdb postgres
SELECT max(amount) FILTER (WHERE kind = 'cash') OVER (PARTITION BY status) AS top, id FROM transfers ORDER BY id

--! postgres
INSERT INTO rates AS r (id, kind, rate) SELECT id, kind, amount FROM transfers WHERE kind IS NOT NULL RETURNING r.kind, rate --writes rates

--! postgres
UPDATE accounts a SET (balance, kind) = (SELECT t.amount, t.kind FROM transfers t WHERE t.id = a.id) WHERE a.status = 'open' --writes accounts

--! postgres
SELECT ROW(amount, kind) = ROW(1, 'cash') AS same, amount IS DISTINCT FROM from_id AS other FROM transfers

--! postgres
WITH moved AS (DELETE FROM transfers WHERE amount > 2 RETURNING kind, amount) SELECT kind, sum(amount) AS amount FROM moved GROUP BY kind --writes transfers

--! postgres
SELECT amount AS kind FROM transfers GROUP BY amount, kind ORDER BY kind

--! duckdb
SELECT kind, amount FROM transfers ORDER BY ALL

--! duckdb
SELECT t.* EXCLUDE (id, from_id, to_id, amount, kind, status, day), 1 AS one, amount AS a FROM transfers t

--! duckdb
SELECT p.kind, p.open FROM (SELECT kind, status, amount FROM transfers) PIVOT (sum(amount) FOR status IN ('open' AS open, 'done' AS done) GROUP BY kind) p

--! duckdb
SELECT kind, status FROM accounts WHERE kind = 'cash' UNION BY NAME SELECT status, kind FROM transfers

--! duckdb
INSERT INTO rates BY NAME SELECT kind, amount AS rate FROM transfers --writes rates

--! sqlite
REPLACE INTO rates (id, kind, rate) SELECT id, kind, amount FROM transfers --writes rates

--! sqlite
SELECT kind AS k, sum(amount) FROM transfers GROUP BY k HAVING k > 'a' ORDER BY k

--! sqlite
UPDATE OR REPLACE transfers SET kind = lower(kind) WHERE kind NOTNULL --writes transfers
