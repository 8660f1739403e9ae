-- What is owed to us, and by whom.
SELECT
      o.order_id
    , o.cust_id
    , c.name             AS customer_name
    , c.segment
    , o.amount
    , o.currency
    , DATE(o.ordered_at) AS invoiced_on
FROM sales.orders o
LEFT JOIN sales.customers c
    ON c.customer_id = o.cust_id
WHERE o.status = 'invoiced'
ORDER BY o.order_id
