-- How regularly a customer orders: the gap to the order before, and a running share of their total.
WITH ordered AS (
    SELECT customer_id AS cust_id,
           order_id,
           amount,
           ordered_at,
           lag(ordered_at) OVER w AS previous_at,
           row_number() OVER w    AS nth
      FROM sales.orders
     WHERE status <> 'cancelled'
    WINDOW w AS (PARTITION BY customer_id ORDER BY ordered_at, order_id)
)
SELECT cust_id,
       nth,
       amount,
       previous_at,
       round(1.0 * sum(amount) OVER (PARTITION BY cust_id
                                         ORDER BY nth
                                         ROWS UNBOUNDED PRECEDING)
             / sum(amount) OVER (PARTITION BY cust_id), 3) AS share_so_far
  FROM ordered
 ORDER BY cust_id, nth
