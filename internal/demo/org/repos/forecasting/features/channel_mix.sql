-- The share of each channel in a customer's orders.
SELECT o.cust_id                                        AS customer,
       sum(CASE o.channel WHEN 'web'   THEN 1 ELSE 0 END) * 1.0 / count(*) AS web,
       sum(CASE o.channel WHEN 'phone' THEN 1 ELSE 0 END) * 1.0 / count(*) AS phone,
       sum(CASE o.channel WHEN 'store' THEN 1 ELSE 0 END) * 1.0 / count(*) AS store
  FROM sales.orders o
 GROUP BY o.cust_id
HAVING count(*) > 1
 ORDER BY customer
