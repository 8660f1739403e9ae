-- Customers who order by phone and never on the web.
SELECT DISTINCT customer_id AS cust_id FROM sales.orders
WHERE channel = 'phone' AND customer_id NOT IN (SELECT customer_id FROM sales.orders WHERE channel = 'web')
ORDER BY cust_id;
