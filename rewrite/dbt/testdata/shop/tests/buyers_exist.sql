select o.order_id
from {{ source('sales', 'orders') }} as o
left join {{ ref('stg_customers') }} as c on c.cust_id = o.cust_id
where c.cust_id is null
