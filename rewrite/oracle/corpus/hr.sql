SELECT d.name, count(p.id) AS people, sum(p.salary) AS salary FROM depts d LEFT JOIN people p ON p.dept_id = d.id GROUP BY d.name ORDER BY d.name

SELECT p.name, m.name AS manager FROM people p JOIN people m ON m.id = p.manager_id WHERE p.salary > m.salary

SELECT name, salary FROM people p WHERE salary = (SELECT max(salary) FROM people WHERE dept_id = p.dept_id) ORDER BY name, salary, id

SELECT name FROM depts WHERE manager_id IN (SELECT manager_id FROM people WHERE level > 2)

SELECT name FROM depts d WHERE budget < (SELECT sum(salary) FROM people WHERE dept_id = d.id)

SELECT name FROM depts WHERE EXISTS (SELECT 1 FROM people WHERE dept_id = depts.id AND region = 'north')

SELECT name FROM people WHERE manager_id = (SELECT manager_id FROM depts WHERE id = dept_id)

SELECT name FROM people WHERE name IN (SELECT name FROM depts WHERE budget > salary)

SELECT p.name, l.days FROM people p JOIN absences l ON l.person_id = p.id AND l.days > p.level

SELECT people.name, depts.name FROM people, depts WHERE people.dept_id = depts.id AND depts.region = 'north'

SELECT people.name AS name, depts.name AS dept FROM people JOIN depts ON people.dept_id = depts.id ORDER BY dept, name, people.id

WITH name AS (SELECT name, dept_id FROM people) SELECT d.name FROM name n JOIN depts d ON d.id = n.dept_id

WITH pay AS (SELECT dept_id, avg(salary) AS salary, max(level) AS level FROM people GROUP BY dept_id) SELECT p.name, p.salary FROM people p JOIN pay ON pay.dept_id = p.dept_id AND p.salary > pay.salary WHERE p.level < pay.level

WITH p AS (SELECT * FROM people), d AS (SELECT * FROM depts), both_ AS (SELECT p.name AS person, d.name AS dept, p.salary, d.budget FROM p JOIN d ON d.id = p.dept_id) SELECT dept, max(salary) AS salary, min(budget) AS budget FROM both_ GROUP BY dept ORDER BY dept

WITH p AS (SELECT id, name, salary FROM people), q AS (SELECT p.*, salary * 2 AS twice FROM p) SELECT q.name, q.twice FROM q WHERE q.salary > 1 ORDER BY q.id

WITH RECURSIVE chain(id, manager_id, depth) AS (SELECT id, manager_id, 0 FROM people WHERE level = 1 UNION ALL SELECT p.id, p.manager_id, c.depth + 1 FROM people p JOIN chain c ON p.manager_id = c.id WHERE c.depth < 4) SELECT depth, count(*) AS n FROM chain GROUP BY depth

WITH RECURSIVE boss AS (SELECT id, manager_id, salary FROM people UNION SELECT boss.id, p.manager_id, boss.salary FROM boss JOIN people p ON p.id = boss.manager_id) SELECT id, count(*) AS bosses FROM boss WHERE manager_id IS NOT NULL GROUP BY id ORDER BY id

SELECT name, salary, dense_rank() OVER (PARTITION BY dept_id ORDER BY salary DESC) AS place FROM people

SELECT name, salary, sum(salary) OVER w AS total, max(level) OVER w AS top FROM people WINDOW w AS (PARTITION BY dept_id)

SELECT name, level AS salary FROM people ORDER BY salary, name, id

SELECT name, level AS salary FROM people ORDER BY people.salary, id

SELECT level AS salary, salary AS level FROM people WHERE people.level > 1 AND people.salary > 1

SELECT dept_id AS manager_id, max(manager_id) AS dept_id FROM people GROUP BY people.dept_id

SELECT level, count(*) AS n FROM people GROUP BY level HAVING max(salary) > 2 AND min(salary) < 4 ORDER BY max(salary), level

SELECT level + 1 AS level, count(*) AS n FROM people GROUP BY people.level + 1

SELECT CASE WHEN level > 2 THEN 'senior' WHEN level IS NULL THEN name ELSE 'junior' END AS grade, count(*) AS n FROM people GROUP BY 1 ORDER BY 1

SELECT level, salary FROM people WHERE level > 1 UNION ALL SELECT days, person_id FROM absences WHERE days > 1

SELECT name AS label FROM people UNION SELECT name FROM depts ORDER BY label

SELECT region FROM depts EXCEPT SELECT name FROM people WHERE level = 2

SELECT kind, sum(days) AS days FROM absences GROUP BY kind HAVING sum(days) > (SELECT avg(level) FROM people)

SELECT p.id, (SELECT sum(days) FROM absences WHERE person_id = p.id AND kind = 'sick') AS sick, (SELECT sum(days) FROM absences WHERE person_id = p.id AND kind <> 'sick') AS other FROM people p ORDER BY p.id

SELECT p.id FROM people p LEFT JOIN absences a ON a.person_id = p.id AND a.kind = 'sick' WHERE a.days IS NULL

SELECT x.id FROM (people p JOIN absences a ON a.person_id = p.id) JOIN depts x ON x.id = p.dept_id WHERE a.days > 1

SELECT p.name FROM people p JOIN depts d ON d.id = p.dept_id JOIN people m ON m.id = d.manager_id WHERE m.level > p.level

SELECT d.region, a.kind, sum(a.days) AS days FROM depts d JOIN people p ON p.dept_id = d.id JOIN absences a ON a.person_id = p.id GROUP BY d.region, a.kind ORDER BY d.region, a.kind

SELECT salary FROM people WHERE salary > (SELECT level FROM (SELECT max(level) AS level FROM people) x)

SELECT (SELECT name FROM depts WHERE id = dept_id) AS dept, name FROM people ORDER BY id

SELECT (SELECT max(name) FROM depts WHERE depts.manager_id = people.manager_id) AS dept, id FROM people ORDER BY people.id

SELECT o.name FROM (SELECT name, dept_id FROM people) o WHERE EXISTS (SELECT 1 FROM (SELECT id, name FROM depts) i WHERE i.id = o.dept_id AND i.name < o.name)

SELECT s.n FROM (SELECT name AS n FROM people) s WHERE s.n LIKE '%a%'

SELECT name FROM people WHERE id IN (SELECT person_id FROM absences WHERE days IN (SELECT level FROM people WHERE id = person_id))

SELECT count(DISTINCT level) AS levels, count(DISTINCT p.dept_id) AS depts FROM people p

SELECT Name, "name" AS n2, NAME AS n3 FROM People WHERE PEOPLE.Name > 'a' ORDER BY people.NAME, ID

SELECT /* name */ name -- name, salary
, 'name' AS quoted FROM people /* salary */ WHERE salary /* level */ > 2

SELECT(name)AS n,(salary+level)*2 AS s FROM people WHERE(level)>(1)

SELECT p.salary+p.level AS s FROM people p WHERE p.salary-p.level>0 AND-p.level<0

SELECT people . name AS n , people /* x */ . /* y */ salary AS s FROM people

UPDATE people SET salary = salary + level WHERE dept_id IN (SELECT id FROM depts WHERE region = 'north') --writes people

UPDATE people SET level = (SELECT count(*) FROM absences WHERE person_id = people.id), salary = level --writes people

INSERT INTO people (id, name, level) SELECT id + 100, name, budget FROM depts --writes people

INSERT INTO absences (person_id, days) SELECT id, level FROM people WHERE salary > 2 RETURNING days, person_id AS p --writes absences

DELETE FROM people WHERE salary < (SELECT avg(salary) FROM people) --writes people

DELETE FROM absences WHERE NOT EXISTS (SELECT 1 FROM people WHERE people.id = person_id AND level > days) --writes absences

--! duckdb postgres
SELECT d.name, top.name AS person FROM depts d LEFT JOIN LATERAL (SELECT name FROM people WHERE dept_id = d.id ORDER BY salary DESC NULLS LAST, id LIMIT 1) top ON TRUE ORDER BY d.id

--! duckdb postgres
SELECT level, grouping(level) AS g, sum(salary) AS salary FROM people GROUP BY ROLLUP (level) ORDER BY level, g

--! duckdb postgres
SELECT name FROM people WHERE salary > ALL (SELECT budget FROM depts WHERE region = 'south' AND budget IS NOT NULL)

--! duckdb postgres
SELECT p.n FROM people AS p(i, n) WHERE p.i > 2 AND salary > 1

--! duckdb postgres
SELECT x.level FROM people p, unnest(ARRAY[p.level, p.salary]) AS x(level) WHERE x.level > 1

--! duckdb
SELECT name, salary AS pay, pay * 2 AS twice FROM people WHERE pay > 1 QUALIFY rank() OVER (ORDER BY pay DESC) < 5

--! duckdb
SELECT dept_id, level, count(*) FROM people GROUP BY ALL

--! duckdb
UNPIVOT (SELECT id, salary AS a, level AS b FROM people) ON a, b INTO NAME what VALUE amount

--! duckdb
SELECT name FROM people SEMI JOIN depts ON depts.id = people.dept_id AND depts.name > people.name

--! duckdb
SELECT p.name FROM people p WHERE [p.level, p.salary] = [1, 2] OR {'level': p.level}.level = 3

--! duckdb
SELECT map([name], [salary])[name] AS m FROM people WHERE name IS NOT NULL

--! sqlite
SELECT dept_id, max(salary), name FROM people GROUP BY dept_id

--! sqlite
SELECT count(*), sum(salary)+sum(level) FROM people WHERE name > 'a'

--! sqlite
SELECT iif(level > 2, name, 'none') AS grade FROM people ORDER BY grade, "level" + 1, id
