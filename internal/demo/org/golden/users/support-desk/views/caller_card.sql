/* One card for each account: who calls, since when, and what they ordered last. */
SELECT
    [u].[account_id] AS [user_id],
    [u].[email],
    [u].[registered_at] AS [customer_since],
    (
        SELECT MAX([o].[ordered_at])
        FROM [sales].[orders] AS [o]
        WHERE [o].[customer_id] = [u].[account_id]
    ) AS [last_order_at],
    (
        SELECT COUNT(*)
        FROM [sales].[orders] AS [o]
        WHERE [o].[customer_id] = [u].[account_id]
          AND [o].[status] = 'open'
    ) AS [open_orders]
FROM [sales].[users_v2] AS [u]
ORDER BY [u].[account_id];
