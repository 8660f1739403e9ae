select customer_id as id from {{ source('sales', 'orders') }}
union all
select cust_id from {{ source('sales', 'customers') }}
