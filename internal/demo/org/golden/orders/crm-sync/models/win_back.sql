-- Customers whose last order is cancelled, and who have not come back since.
  SELECT o.customer_id AS cust_id,
         o.order_id      AS lost_order_id,
         o.amount        AS lost_amount
    FROM sales.orders AS o
   WHERE o.status = 'cancelled'
     AND NOT EXISTS (SELECT 1
                       FROM sales.orders AS later
                      WHERE later.customer_id = o.customer_id
                        AND later.ordered_at > o.ordered_at)
ORDER BY o.amount DESC, o.customer_id;
