/* Calls that go first: enterprise customers, and whoever spent more than the average. */
WITH [spent] AS (
    SELECT [cust_id], SUM([amount]) AS [total]
    FROM [sales].[orders]
    WHERE [status] IN ('paid', 'invoiced')
    GROUP BY [cust_id]
)
SELECT [s].[cust_id], [c].[name], [s].[total]
FROM [spent] AS [s]
INNER JOIN [sales].[customers] AS [c] ON [c].[customer_id] = [s].[cust_id]
WHERE [c].[segment] = 'enterprise'
   OR [s].[total] > (SELECT AVG([total]) FROM [spent])
ORDER BY [s].[total] DESC;
