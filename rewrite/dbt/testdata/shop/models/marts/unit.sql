select o.order_id, o.cust_id from {{ source('sales', 'orders') }} as o
