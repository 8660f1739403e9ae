-- The first order that each customer placed with {store}.
SELECT cust_id, order_id, amount
FROM (
    SELECT «{o}.cust_id|{o}.customer_id AS cust_id», {o}.order_id, {o}.amount,
           row_number() OVER (PARTITION BY «{o}.cust_id|{o}.customer_id» ORDER BY {o}.ordered_at) AS nth
    FROM sales.orders {o}
    WHERE {o}.channel = '{channel}'
) AS numbered
WHERE nth = 1
ORDER BY cust_id
