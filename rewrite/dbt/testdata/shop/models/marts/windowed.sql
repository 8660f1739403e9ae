select order_id, sum(amount) over (partition by cust_id order by order_id) as running
from {{ source('sales', 'orders') }}
