-- Kept for the paper. Does not run any more.
SELECT cust_id, percentile(amount, 0.5) FROM sales.orders GROUP BY cust_id
