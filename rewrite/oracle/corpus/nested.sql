--! duckdb
SELECT o.address.f AS f FROM places o WHERE o.address.g > 1

--! duckdb
SELECT address.f, address.g AS g FROM places

--! duckdb
SELECT places.address.f AS x, (address).g AS y FROM places

--! duckdb
SELECT p.name FROM places p WHERE list_contains(p.tags, 1)

--! duckdb
SELECT name, unnest(tags) AS tag FROM places

--! duckdb
SELECT p.name, t.tag FROM places p, unnest(p.tags) AS t(tag) WHERE t.tag > 1

--! duckdb
SELECT name, tags[1] AS first_tag FROM places WHERE tags[1] > 1

--! duckdb
SELECT list_transform(tags, lambda t: t + size) AS sizes FROM places

--! duckdb
SELECT list_filter(tags, lambda size: size > 1) AS big FROM places

--! duckdb
WITH s AS (SELECT * FROM places) SELECT s.address.f AS f, s.tags AS t FROM s WHERE s.size > 1

--! duckdb
SELECT address.f AS size, size AS f FROM places ORDER BY 1, 2

--! duckdb
SELECT v.name FROM visits v JOIN places p ON p.address.f = v.size AND p.name = v.name

--! duckdb
SELECT address['f'] AS f FROM places

--! duckdb
SELECT struct_extract(address, 'f') AS f FROM places

--! duckdb
SELECT (SELECT max(v.size) FROM visits v WHERE v.place_id = address.f) AS m FROM places

--! duckdb
SELECT x.address.f AS f FROM (SELECT address FROM places WHERE size > 0) x

--! duckdb
SELECT address.f AS f, count(*) AS n FROM places GROUP BY address.f ORDER BY f, n

--! duckdb
SELECT size.f AS f FROM (SELECT address AS size FROM places) x

--! duckdb
SELECT name FROM visits WHERE EXISTS (SELECT 1 FROM generate_series(1, 3) AS s (visits) WHERE visits.size = s.visits)

--! duckdb
SELECT v.name FROM visits v, (SELECT size) AS x

--! duckdb
SELECT list_transform([1], lambda size: SIZE + 1) AS sizes FROM places

--! duckdb
SELECT p.* RENAME (size AS f) FROM places p JOIN visits v ON v.id = p.id ORDER BY f, p.id

--! duckdb
WITH x AS (SELECT * RENAME (size AS t) FROM visits) SELECT t FROM x AS y (a, b)

--! duckdb
SELECT size FROM visits UNPIVOT (t FOR f IN (id, place_id)) AS u

--! duckdb
SELECT (address).f AS x, (p.address).g AS y, any_value(address).f AS z FROM places p GROUP BY address

--! duckdb
SELECT (p).size AS x, (p).address.f AS y, (v).size AS z FROM places p JOIN visits v ON (v).place_id = (p).id WHERE (p.address).g > 1

--! duckdb
SELECT list(address ORDER BY id)[1].f AS x, list(p ORDER BY id)[2].size AS y, list(p ORDER BY id)[3].address.g AS z FROM places p

--! duckdb
SELECT (SELECT address FROM places ORDER BY id LIMIT 1).f AS x, (SELECT max(address) FROM places).g AS y

--! duckdb
SELECT x.a.f AS f, (x.a).g AS g FROM (SELECT [address, {'f': 1, 'g': size}][1] AS a, size FROM places) x

--! duckdb
SELECT {'size': size, 'f': (address).f}.size AS x, struct_pack(f := size, size := address.f).f AS y FROM places

--! duckdb
UPDATE places SET address = {'g': size, 'f': address.f} WHERE id > 2 --writes places

--! duckdb
UPDATE places SET address = struct_pack(g := 1, f := size), name = NULL WHERE (address).f > 1 RETURNING id, (places.address).g AS g --writes places

--! duckdb
INSERT INTO places (id, address) VALUES (90, {'g': 1, 'f': 2}), (91, NULL) RETURNING places.id, size --writes places

--! duckdb
INSERT INTO places (id, address) SELECT id + 100, {'g': size, 'f': (address).g} FROM places WHERE size > 1 --writes places
