-- Customers who order by phone and never on the web.
SELECT DISTINCT cust_id FROM sales.orders
WHERE channel = 'phone' AND cust_id NOT IN (SELECT cust_id FROM sales.orders WHERE channel = 'web')
ORDER BY cust_id;
