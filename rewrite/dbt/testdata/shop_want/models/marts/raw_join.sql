select o.order_id, c.region, o.customer_id as buyer
from {{ source('sales', 'orders') }} as o
join {{ source('sales', 'customers') }} as c on c.cust_id = o.customer_id
