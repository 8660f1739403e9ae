/* One card for each account: who calls, since when, and what they ordered last. */
SELECT
    [u].[user_id],
    [u].[email],
    [u].[signed_up_at] AS [customer_since],
    (
        SELECT MAX([o].[ordered_at])
        FROM [sales].[orders] AS [o]
        WHERE [o].[cust_id] = [u].[user_id]
    ) AS [last_order_at],
    (
        SELECT COUNT(*)
        FROM [sales].[orders] AS [o]
        WHERE [o].[cust_id] = [u].[user_id]
          AND [o].[status] = 'open'
    ) AS [open_orders]
FROM [sales].[users_v1] AS [u]
ORDER BY [u].[user_id];
