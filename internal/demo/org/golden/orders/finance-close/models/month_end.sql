-- The close in one table: what came in, what is still out, what was called off.
WITH booked AS (
    SELECT
          customer_id AS cust_id
        , status
        , currency
        , amount
    FROM sales.orders
    WHERE status <> 'open'
)
SELECT
      'received'              AS position
    , currency
    , SUM(amount)             AS total
    , COUNT(DISTINCT cust_id) AS customers
FROM booked
WHERE status = 'paid'
GROUP BY currency

UNION ALL

SELECT
      'outstanding'
    , currency
    , SUM(amount)
    , COUNT(DISTINCT cust_id)
FROM booked
WHERE status = 'invoiced'
GROUP BY currency

UNION ALL

SELECT
      'called off'
    , currency
    , SUM(amount)
    , COUNT(DISTINCT cust_id)
FROM booked
WHERE status = 'cancelled'
GROUP BY currency
ORDER BY 1, 2
