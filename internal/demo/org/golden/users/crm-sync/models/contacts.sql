-- One row for each account, as the CRM imports it. The names of the columns are the CRM's.
  SELECT u.account_id                              AS "contactId",
         lower(u.email)                         AS "email",
         u.country_code                              AS "country",
         date(u.registered_at)                   AS "since",
         coalesce(sum(o.amount)
                  FILTER (WHERE o.status = 'paid'), 0) AS "lifetimeValue",
         count(o.order_id)                      AS "orders"
    FROM sales.users_v2 AS u
         LEFT JOIN sales.orders AS o
         ON o.customer_id = u.account_id
   WHERE u.is_active = 1
GROUP BY u.account_id, u.email, u.country_code, u.registered_at
ORDER BY u.account_id;
