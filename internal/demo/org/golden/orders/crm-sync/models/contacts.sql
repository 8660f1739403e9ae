-- One row for each account, as the CRM imports it. The names of the columns are the CRM's.
  SELECT u.user_id                              AS "contactId",
         lower(u.email)                         AS "email",
         u.country                              AS "country",
         date(u.signed_up_at)                   AS "since",
         coalesce(sum(o.amount)
                  FILTER (WHERE o.status = 'paid'), 0) AS "lifetimeValue",
         count(o.order_id)                      AS "orders"
    FROM sales.users_v1 AS u
         LEFT JOIN sales.orders AS o
         ON o.customer_id = u.user_id
   WHERE u.is_active = 1
GROUP BY u.user_id, u.email, u.country, u.signed_up_at
ORDER BY u.user_id;
