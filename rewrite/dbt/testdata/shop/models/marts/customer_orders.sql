with orders as (
    select * from {{ ref('stg_orders') }}
),
customers as (
    select * from {{ ref('stg_customers') }}
)
select c.cust_id, c.region, count(o.order_id) as orders
from customers as c
left join orders as o on o.cust_id = c.cust_id
group by c.cust_id, c.region
