select region from {{ source('sales', 'customers') }} as c
where exists (select 1 from {{ source('sales', 'orders') }} as o where o.customer_id = c.cust_id)
