select o.order_id, o.customer_id as cust_id from {{ source('sales', 'orders') }} as o
