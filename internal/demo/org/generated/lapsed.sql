-- Customers that {store} knows and that never had an order {status}.
SELECT
    c.customer_id,
    c.name
FROM sales.customers AS c
WHERE NOT EXISTS (
    SELECT 1
    FROM sales.orders AS {o}
    WHERE «{o}.cust_id|{o}.customer_id» = c.customer_id
      AND {o}.status = '{status}'
)
ORDER BY c.customer_id
