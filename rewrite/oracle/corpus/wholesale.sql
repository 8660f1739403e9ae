SELECT l_flag, l_mode, sum(l_quantity) AS pieces, sum(l_price) AS gross, sum(l_price * (10 - l_discount)) AS net, avg(l_quantity) AS mean_pieces, max(l_discount) AS best, count(*) AS seen FROM lines WHERE l_shipped <= '2024-10-20' GROUP BY l_flag, l_mode ORDER BY l_flag, l_mode

SELECT s_balance, s_name, n_name, p_key, p_kind FROM parts, suppliers, offers, nations, regions WHERE p_key = f_part AND s_key = f_supplier AND s_nation = n_key AND n_region = r_key AND r_name <> 'africa' AND f_cost = (SELECT min(f_cost) FROM offers, suppliers, nations, regions WHERE p_key = f_part AND s_key = f_supplier AND s_nation = n_key AND n_region = r_key AND r_name <> 'africa') ORDER BY s_balance DESC, n_name, s_name, p_key, p_kind LIMIT 20

SELECT l_order, sum(l_price * (10 - l_discount)) AS revenue, b_day, b_priority FROM customers, orders, lines WHERE c_segment IN ('farm', 'home') AND c_key = b_customer AND l_order = b_key AND b_day < '2024-09-01' GROUP BY l_order, b_day, b_priority ORDER BY revenue DESC, b_day, l_order LIMIT 10

SELECT b_priority, count(*) AS late_orders FROM orders WHERE b_day >= '2024-02-01' AND EXISTS (SELECT * FROM lines WHERE l_order = b_key AND l_due < l_received) GROUP BY b_priority ORDER BY b_priority

SELECT n_name, sum(l_price * (10 - l_discount)) AS revenue FROM customers JOIN orders ON c_key = b_customer JOIN lines ON l_order = b_key JOIN suppliers ON l_supplier = s_key JOIN nations ON s_nation = n_key JOIN regions ON n_region = r_key WHERE r_name <> 'africa' GROUP BY n_name ORDER BY revenue DESC, n_name

SELECT sum(l_price * l_discount) AS gain FROM lines WHERE l_shipped BETWEEN '2024-02-01' AND '2024-11-30' AND l_discount BETWEEN 1 AND 4 AND l_quantity < 6

SELECT seller, buyer, month_shipped, sum(volume) AS revenue FROM (SELECT a.n_name AS seller, b.n_name AS buyer, l_shipped AS month_shipped, l_price * (10 - l_discount) AS volume FROM suppliers, lines, orders, customers, nations a, nations b WHERE s_key = l_supplier AND b_key = l_order AND c_key = b_customer AND s_nation = a.n_key AND c_nation = b.n_key AND (a.n_name = 'peru' AND b.n_name = 'oman' OR a.n_name = 'oman' AND b.n_name = 'peru' OR a.n_name = b.n_name)) AS shipping GROUP BY seller, buyer, month_shipped ORDER BY seller, buyer, month_shipped

SELECT day_sold, sum(CASE WHEN nation = 'peru' THEN volume ELSE 0 END) * 100 / sum(volume) AS share FROM (SELECT b_day AS day_sold, l_price * (10 - l_discount) AS volume, maker.n_name AS nation FROM parts, suppliers, lines, orders, customers, nations home, nations maker, regions WHERE p_key = l_part AND s_key = l_supplier AND l_order = b_key AND b_customer = c_key AND c_nation = home.n_key AND home.n_region = r_key AND s_nation = maker.n_key AND p_kind <> 'tube') sold GROUP BY day_sold HAVING sum(volume) > 0 ORDER BY day_sold

SELECT nation, day_sold, sum(profit) AS profit FROM (SELECT n_name AS nation, b_day AS day_sold, l_price * (10 - l_discount) - f_cost * l_quantity AS profit FROM parts, suppliers, lines, offers, orders, nations WHERE s_key = l_supplier AND f_supplier = l_supplier AND f_part = l_part AND p_key = l_part AND b_key = l_order AND s_nation = n_key AND p_name LIKE '%e%') AS margins GROUP BY nation, day_sold ORDER BY nation, day_sold DESC

SELECT c_key, c_name, sum(l_price * (10 - l_discount)) AS lost, c_balance, n_name FROM customers, orders, lines, nations WHERE c_key = b_customer AND l_order = b_key AND l_flag = 'back' AND c_nation = n_key GROUP BY c_key, c_name, c_balance, n_name ORDER BY lost DESC, c_key LIMIT 20

SELECT f_part, sum(f_cost * f_stock) AS worth FROM offers, suppliers, nations WHERE f_supplier = s_key AND s_nation = n_key AND n_name <> 'oman' GROUP BY f_part HAVING sum(f_cost * f_stock) > (SELECT sum(f_cost * f_stock) / 12 FROM offers, suppliers, nations WHERE f_supplier = s_key AND s_nation = n_key AND n_name <> 'oman') ORDER BY worth DESC, f_part

SELECT l_mode, sum(CASE WHEN b_priority = 'high' OR b_priority = 'soon' THEN 1 ELSE 0 END) AS urgent, sum(CASE WHEN b_priority <> 'high' AND b_priority <> 'soon' THEN 1 ELSE 0 END) AS other FROM orders, lines WHERE b_key = l_order AND l_mode IN ('ship', 'rail') AND l_received >= '2024-02-01' GROUP BY l_mode ORDER BY l_mode

--! duckdb postgres
SELECT placed, count(*) AS people FROM (SELECT c_key, count(b_key) FROM customers LEFT OUTER JOIN orders ON c_key = b_customer AND b_status <> 'void' GROUP BY c_key) AS tally (c_key, placed) GROUP BY placed ORDER BY people DESC, placed DESC

SELECT 100 * sum(CASE WHEN p_kind LIKE 'b%' THEN l_price * (10 - l_discount) ELSE 0 END) / sum(l_price * (10 - l_discount)) AS promoted FROM lines, parts WHERE l_part = p_key AND l_shipped < '2024-12-01'

WITH revenue (supplier_no, total) AS (SELECT l_supplier, sum(l_price * (10 - l_discount)) FROM lines WHERE l_shipped >= '2024-02-01' GROUP BY l_supplier) SELECT s_key, s_name, total FROM suppliers, revenue WHERE s_key = supplier_no AND total = (SELECT max(total) FROM revenue) ORDER BY s_key

SELECT p_brand, p_kind, p_size, count(DISTINCT f_supplier) AS suppliers FROM offers, parts WHERE p_key = f_part AND p_brand <> 'acme' AND p_kind NOT LIKE 'tube%' AND p_size IN (1, 2, 3, 5) AND f_supplier NOT IN (SELECT s_key FROM suppliers WHERE s_balance > 6) GROUP BY p_brand, p_kind, p_size ORDER BY suppliers DESC, p_brand, p_kind, p_size

SELECT sum(l_price) / 7 AS yearly FROM lines, parts WHERE p_key = l_part AND p_kind <> 'tube' AND l_quantity < (SELECT 1 + avg(l_quantity) FROM lines WHERE l_part = p_key)

SELECT c_name, c_key, b_key, b_day, b_total, sum(l_quantity) AS pieces FROM customers, orders, lines WHERE b_key IN (SELECT l_order FROM lines GROUP BY l_order HAVING sum(l_quantity) > 5) AND c_key = b_customer AND b_key = l_order GROUP BY c_name, c_key, b_key, b_day, b_total ORDER BY b_total DESC, b_day, b_key LIMIT 100

SELECT sum(l_price * (10 - l_discount)) AS revenue FROM lines, parts WHERE (p_key = l_part AND p_brand = 'acme' AND p_kind IN ('bolt', 'tube') AND l_quantity >= 1 AND l_quantity <= 6 AND p_size BETWEEN 1 AND 5) OR (p_key = l_part AND p_brand = 'best' AND l_quantity BETWEEN 2 AND 8 AND l_mode IN ('ship', 'road')) OR (p_key = l_part AND p_brand = 'core' AND p_size BETWEEN 0 AND 3 AND l_flag <> 'back')

SELECT s_name, s_balance FROM suppliers, nations WHERE s_key IN (SELECT f_supplier FROM offers WHERE f_part IN (SELECT p_key FROM parts WHERE p_name LIKE '%n%') AND f_stock > (SELECT sum(l_quantity) / 4 FROM lines WHERE l_part = f_part AND l_supplier <> f_supplier)) AND s_nation = n_key ORDER BY s_name, s_key

SELECT s_name, count(*) AS waits FROM suppliers, lines one, orders, nations WHERE s_key = one.l_supplier AND b_key = one.l_order AND one.l_received > one.l_due AND EXISTS (SELECT * FROM lines two WHERE two.l_order = one.l_order AND two.l_supplier <> one.l_supplier) AND NOT EXISTS (SELECT * FROM lines three WHERE three.l_order = one.l_order AND three.l_supplier <> one.l_supplier AND three.l_received > three.l_due) AND s_nation = n_key GROUP BY s_name ORDER BY waits DESC, s_name LIMIT 100

SELECT initial, count(*) AS people, sum(c_balance) AS balance FROM (SELECT substr(c_name, 1, 1) AS initial, c_balance FROM customers WHERE c_balance > (SELECT avg(c_balance) FROM customers WHERE c_balance > 0 AND substr(c_name, 1, 1) IN ('a', 'b', 'c')) AND NOT EXISTS (SELECT * FROM orders WHERE b_customer = c_key AND b_status = 'done')) AS idle GROUP BY initial ORDER BY initial

SELECT lines.l_flag, orders.b_status, sum(lines.l_price) AS gross FROM lines JOIN orders ON orders.b_key = lines.l_order WHERE orders.b_total > (SELECT avg(other.b_total) FROM orders AS other WHERE other.b_priority = orders.b_priority) GROUP BY lines.l_flag, orders.b_status ORDER BY lines.l_flag, orders.b_status

--! duckdb postgres
SELECT n_name, c_segment, sum(b_total) AS total, grouping(n_name) + grouping(c_segment) AS depth FROM orders JOIN customers ON c_key = b_customer JOIN nations ON n_key = c_nation GROUP BY ROLLUP (n_name, c_segment) ORDER BY depth, n_name, c_segment

WITH per_part AS (SELECT l_part, l_supplier, sum(l_quantity) AS pieces FROM lines GROUP BY l_part, l_supplier), ranked AS (SELECT l_part, l_supplier, pieces, rank() OVER (PARTITION BY l_part ORDER BY pieces DESC) AS place FROM per_part) SELECT p_name, s_name, pieces FROM ranked JOIN parts ON p_key = l_part JOIN suppliers ON s_key = l_supplier WHERE place = 1 ORDER BY p_name, s_name, pieces, p_key, s_key

SELECT placed, count(*) AS people FROM (SELECT c_key, count(b_key) AS placed FROM customers LEFT JOIN orders ON c_key = b_customer AND b_status <> 'void' GROUP BY c_key) tally GROUP BY placed ORDER BY people DESC, placed DESC
