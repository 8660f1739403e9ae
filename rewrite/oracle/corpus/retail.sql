SELECT c.region, sum(i.amount) AS revenue FROM customers c JOIN orders o ON o.customer_id = c.id JOIN items i ON i.order_id = o.id GROUP BY c.region ORDER BY revenue DESC, c.region

SELECT o.status, count(*) AS orders, sum(o.amount) AS amount FROM orders o WHERE o.ordered_on >= '2024-03-01' GROUP BY o.status HAVING count(*) > 1 ORDER BY amount DESC, o.status

SELECT p.category, p.name, sum(i.quantity) AS quantity FROM products p LEFT JOIN items i ON i.product_id = p.id GROUP BY p.category, p.name ORDER BY p.category, quantity DESC NULLS LAST, p.name

SELECT name, (SELECT count(*) FROM orders WHERE customer_id = customers.id) AS orders FROM customers ORDER BY orders DESC, name, id

SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.amount > (SELECT avg(amount) FROM orders x WHERE x.region = o.region))

SELECT id, amount FROM orders o WHERE amount > (SELECT max(amount) FROM items WHERE order_id = o.id)

SELECT id FROM customers WHERE region IN (SELECT region FROM orders WHERE amount > 5)

SELECT id FROM customers WHERE (region, segment) IN (SELECT region, status FROM orders) OR segment = 'home'

WITH spend AS (SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY customer_id), ranked AS (SELECT customer_id, amount, rank() OVER (ORDER BY amount DESC) AS place FROM spend) SELECT c.name, r.amount, r.place FROM ranked r JOIN customers c ON c.id = r.customer_id WHERE r.place <= 5 ORDER BY r.place, c.name, c.id

WITH big AS (SELECT * FROM orders WHERE amount > 4) SELECT b.id, b.status, c.name FROM big b JOIN customers c ON b.customer_id = c.id

WITH o AS (SELECT * FROM orders), i AS (SELECT * FROM items) SELECT o.status, sum(i.price * i.quantity) AS total FROM o JOIN i ON i.order_id = o.id GROUP BY o.status

WITH orders AS (SELECT id, amount AS status FROM items) SELECT status, count(*) AS n FROM orders GROUP BY status

WITH customers AS (SELECT customer_id AS id, region AS name FROM orders) SELECT c.name, c.id FROM customers c

WITH a AS (SELECT region, amount FROM orders), b AS (SELECT region, amount FROM a WHERE amount > 2), c AS (SELECT region, max(amount) AS amount FROM b GROUP BY region) SELECT c.region, c.amount, a.amount AS other FROM c JOIN a ON a.region = c.region

SELECT region, amount FROM orders UNION ALL SELECT region, id FROM customers

SELECT region FROM orders UNION SELECT region FROM customers ORDER BY region

SELECT name FROM products EXCEPT SELECT name FROM customers

SELECT status FROM products INTERSECT SELECT status FROM orders

SELECT o.id, o.amount, sum(o.amount) OVER (PARTITION BY o.region ORDER BY o.id) AS running FROM orders o ORDER BY o.id

SELECT region, amount, rank() OVER (PARTITION BY region ORDER BY amount DESC) AS place FROM orders

SELECT id, amount - lag(amount) OVER (ORDER BY id) AS change FROM orders ORDER BY id

SELECT DISTINCT region, status FROM orders ORDER BY region, status

SELECT CASE WHEN amount > 6 THEN 'high' WHEN amount > 3 THEN 'middle' ELSE 'low' END AS band, count(*) AS n FROM orders GROUP BY CASE WHEN amount > 6 THEN 'high' WHEN amount > 3 THEN 'middle' ELSE 'low' END ORDER BY band

SELECT CASE status WHEN 'open' THEN amount ELSE 0 END AS open_amount, id FROM orders ORDER BY id

SELECT coalesce(region, 'none') AS region, sum(amount) AS amount FROM orders GROUP BY coalesce(region, 'none')

SELECT upper(name) AS name, length(name) AS n FROM products WHERE name LIKE 'p%' ORDER BY name

SELECT o.region, c.region, p.status, o.status FROM orders o JOIN customers c ON c.id = o.customer_id JOIN items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id

SELECT orders.amount, items.amount AS item_amount FROM orders JOIN items ON orders.id = items.order_id WHERE orders.amount <> items.amount

SELECT a.name, b.name AS parent FROM customers a LEFT JOIN customers b ON b.id = a.parent_id ORDER BY a.id

WITH RECURSIVE tree AS (SELECT id, parent_id, 0 AS depth FROM customers WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, t.depth + 1 FROM customers c JOIN tree t ON c.parent_id = t.id WHERE t.depth < 5) SELECT depth, count(*) AS n FROM tree GROUP BY depth ORDER BY depth

WITH RECURSIVE up(id, parent_id) AS (SELECT id, parent_id FROM customers UNION SELECT c.id, u.parent_id FROM customers c JOIN up u ON u.id = c.parent_id) SELECT id, parent_id FROM up

SELECT x.region, x.total FROM (SELECT region, sum(amount) AS total FROM orders GROUP BY region) x WHERE x.total > (SELECT avg(amount) FROM items)

SELECT region, total FROM (SELECT region, sum(amount) AS total FROM orders GROUP BY region) sums JOIN (SELECT region AS r, count(*) AS n FROM customers GROUP BY region) counts ON counts.r = sums.region

SELECT sum(CASE WHEN status = 'open' THEN amount END) AS open, sum(CASE WHEN status = 'paid' THEN amount END) AS paid FROM orders

SELECT count(DISTINCT customer_id) AS buyers, count(customer_id) AS sales FROM orders

SELECT region, count(*) FILTER (WHERE amount > 3) AS large, count(*) FILTER (WHERE status IS NULL) AS unknown FROM orders GROUP BY region

SELECT id FROM orders WHERE amount BETWEEN 2 AND (SELECT max(price) FROM products) AND region IS NOT NULL

SELECT id, amount AS price FROM orders ORDER BY price, id

SELECT id, amount AS id2, amount FROM orders ORDER BY amount DESC, id

SELECT status AS region, region AS status FROM orders ORDER BY region, status

SELECT status AS region, count(*) AS n FROM orders GROUP BY status ORDER BY region

SELECT region AS status, max(amount) AS m FROM orders GROUP BY region HAVING max(amount) > 2

SELECT o.amount AS amount FROM orders o WHERE o.amount > 3 ORDER BY o.amount, o.id

SELECT amount + 1 AS amount FROM orders WHERE amount > 3

SELECT "amount", "orders"."status" FROM "orders" WHERE "orders"."amount" > 2

SELECT AMOUNT AS a, Status AS s FROM ORDERS WHERE ORDERS.amount > 2 AND Orders.STATUS = 'open'

SELECT/*amount*/amount/*amount*/AS total--amount
FROM orders -- where amount
WHERE 'amount' <> 'region' AND amount > 1

SELECT o.id FROM orders o, customers c, items i WHERE o.customer_id = c.id AND i.order_id = o.id AND i.amount > 2 AND c.region = o.region

SELECT o.id FROM (orders o JOIN customers c ON c.id = o.customer_id) JOIN items i ON i.order_id = o.id WHERE i.price > 2

SELECT p.name FROM products p WHERE NOT EXISTS (SELECT * FROM items i WHERE i.product_id = p.id AND i.price > p.price)

SELECT p.name FROM products p WHERE p.price > (SELECT min(price) FROM items WHERE product_id = p.id)

SELECT name FROM products WHERE price = (SELECT max(price) FROM products)

SELECT name, price FROM products p WHERE price > (SELECT avg(price) FROM products q WHERE q.category = p.category) ORDER BY name, price, id

SELECT c.name FROM customers c WHERE c.id IN (SELECT customer_id FROM orders WHERE region = c.region)

SELECT c.name FROM customers c WHERE region NOT IN (SELECT region FROM orders o WHERE o.region IS NOT NULL AND o.customer_id = c.id)

SELECT id FROM customers WHERE name IN (SELECT name FROM products WHERE status = segment)

SELECT (SELECT max(price) FROM items WHERE amount > quantity) AS m, id FROM products ORDER BY id

SELECT (SELECT status FROM products WHERE products.id = i.product_id) AS status, i.amount FROM items i

SELECT c.id, x.n FROM customers c LEFT JOIN (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) x ON x.customer_id = c.id ORDER BY c.id

SELECT o.id, i.id AS item FROM orders o LEFT JOIN items i ON i.order_id = o.id AND i.amount > o.amount ORDER BY o.id, item

SELECT i.id, o.status FROM orders o RIGHT JOIN items i ON i.order_id = o.id ORDER BY i.id

SELECT o.id AS a, i.id AS b FROM orders o FULL JOIN items i ON i.order_id = o.id ORDER BY a, b

SELECT x.amount FROM (SELECT amount FROM orders UNION ALL SELECT amount FROM items) x WHERE x.amount > 3

SELECT region, status, sum(amount) AS amount FROM (SELECT * FROM orders WHERE amount > 1) o GROUP BY region, status

SELECT s.amount, s.region FROM (SELECT o.*, c.name FROM orders o JOIN customers c ON c.id = o.customer_id) s WHERE s.name > 'b'

SELECT count(*) AS n FROM (SELECT DISTINCT region, status FROM orders) x

SELECT count(*) AS n FROM orders WHERE EXISTS (SELECT * FROM items WHERE items.order_id = orders.id)

SELECT max(amount) AS m, min(amount) AS l, region FROM orders GROUP BY 3 ORDER BY 1, 2, 3

SELECT region r, amount a FROM orders ORDER BY a DESC, r, id

SELECT sum(i.amount) AS amount, o.region FROM items i, orders o WHERE i.order_id = o.id AND o.amount > 2 GROUP BY o.region HAVING sum(i.amount) > 3 ORDER BY sum(i.amount) DESC, o.region

--! duckdb postgres
SELECT region, status, sum(amount) AS amount, grouping(region) AS g FROM orders GROUP BY ROLLUP (region, status) ORDER BY g, region, status, amount

--! duckdb postgres
SELECT region, status, count(*) AS n FROM orders GROUP BY GROUPING SETS ((region), (status), ()) ORDER BY region, status, n

--! duckdb postgres
SELECT category, status, sum(price) AS price FROM products GROUP BY CUBE (category, status) ORDER BY category, status, price

--! duckdb postgres
SELECT c.name, last.amount FROM customers c CROSS JOIN LATERAL (SELECT amount FROM orders o WHERE o.customer_id = c.id ORDER BY amount DESC, id LIMIT 1) last

--! duckdb postgres
SELECT DISTINCT ON (region) region, amount, id FROM orders ORDER BY region, amount DESC, id

--! duckdb postgres
SELECT region, string_agg(status, ',' ORDER BY status) AS statuses FROM orders GROUP BY region

--! duckdb postgres
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY amount) AS median FROM orders

--! duckdb postgres
SELECT name FROM products WHERE price = ANY (SELECT price FROM items)

--! duckdb postgres
SELECT name FROM products WHERE price >= ALL (SELECT price FROM items WHERE price IS NOT NULL AND quantity > 2)

--! duckdb
SELECT region, amount FROM orders QUALIFY rank() OVER (PARTITION BY region ORDER BY amount DESC) = 1

--! duckdb
SELECT region, status, sum(amount) AS amount FROM orders GROUP BY ALL ORDER BY ALL

--! duckdb
SELECT amount * 2 AS twice, twice + 1 AS more FROM orders WHERE twice > 4

--! duckdb
FROM orders SELECT region, amount WHERE amount > 3

--! duckdb
WITH s AS (SELECT * EXCLUDE (amount) FROM orders) SELECT s.region, s.status FROM s

--! duckdb
WITH s AS (SELECT * REPLACE (amount + 1 AS amount) FROM orders) SELECT s.amount FROM s

--! duckdb
WITH s AS (SELECT * RENAME (amount AS price) FROM orders) SELECT s.price, s.region FROM s

--! duckdb
SELECT region, amount AS a FROM orders UNION ALL BY NAME SELECT price AS a, name AS region FROM products

--! duckdb
SELECT list_sum(list_transform([1, 2, 3], lambda amount: amount + quantity)) AS s FROM items

--! duckdb
SELECT region, list(amount ORDER BY amount) AS amounts FROM orders GROUP BY region

--! duckdb
SELECT p.name, m.price FROM products p ASOF JOIN items m ON p.price >= m.price AND p.id = m.product_id

--! duckdb
SELECT struct_pack(a := amount, s := status) AS s FROM orders

--! duckdb
SELECT {'amount': amount, 'who': customer_id} AS s FROM orders

--! duckdb
SELECT arg_max(status, id) AS latest, region FROM orders GROUP BY region

--! sqlite
SELECT region, amount FROM orders WHERE amount IS NOT 3

--! sqlite
SELECT [amount], `status` AS s FROM [orders] WHERE `orders`.[amount] > 2

--! sqlite
SELECT amount * 2 AS twice FROM orders WHERE twice > 4 ORDER BY twice + 1, id

--! sqlite
SELECT sum(amount), max( status ), amount+1 FROM orders GROUP BY amount

--! sqlite
SELECT json_object('amount', amount, 'status', status) AS j FROM orders

--! sqlite
SELECT o.id, j.value FROM orders o, json_each('[1,2]') j WHERE j.value = o.amount

WITH region AS (WITH x AS (SELECT region FROM customers) SELECT region FROM x UNION SELECT 'west') SELECT region FROM region

--! sqlite
SELECT segment, quantity FROM (SELECT * FROM customers JOIN orders USING (region) FULL JOIN items ON items.order_id = orders.id)

--! duckdb
SELECT customer_id, count(*) AS n FROM orders GROUP BY CUBE (orders.customer_id, customer_id)

UPDATE items SET amount = amount + 1 WHERE price > 2 RETURNING items.id, items.amount + 1 AS a, price --writes items

DELETE FROM orders WHERE orders.amount > 3 RETURNING orders.id AS x, orders.status --writes orders

INSERT INTO products (id, name, price) SELECT items.id + 100, 'pin', items.price FROM items WHERE items.price > 3 RETURNING products.price, products.id --writes products

--! sqlite
UPDATE items AS i SET amount = i.price WHERE i.quantity > 1 RETURNING items.id, amount --writes items

--! duckdb
WITH big AS (WITH items AS (SELECT * FROM items WHERE items.price > 2 AND order_id IN (SELECT id FROM orders)) SELECT id, amount FROM items) SELECT big.id, amount FROM big

--! duckdb
WITH big AS (WITH items AS (SELECT * FROM items AS i WHERE i.price > 2), more AS (SELECT price, id FROM items) SELECT m.price, items.amount FROM more m JOIN items ON items.id = m.id) SELECT price, amount FROM big
