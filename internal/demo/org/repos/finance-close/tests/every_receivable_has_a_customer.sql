-- A receivable that nobody owes cannot be collected.
SELECT order_id, amount FROM receivables WHERE customer_name IS NULL
