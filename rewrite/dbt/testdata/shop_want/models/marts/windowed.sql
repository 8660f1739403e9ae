select order_id, sum(amount) over (partition by customer_id order by order_id) as running
from {{ source('sales', 'orders') }}
