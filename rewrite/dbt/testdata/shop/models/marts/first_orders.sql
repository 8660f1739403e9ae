select cust_id, order_id, updated_at
from {{ source('sales', 'orders') }}
qualify row_number() over (partition by cust_id order by updated_at) = 1
