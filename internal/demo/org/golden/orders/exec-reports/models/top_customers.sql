-- The customers who brought in most, and how far each is behind the one before.
with paid as (
  select
    o.customer_id as cust_id,
    o.amount,
    o.ordered_at
  from `sales`.`orders` as o
  where o.status = 'paid'
),

ranked as (
  select
    cust_id,
    count(*) as orders,
    sum(amount) as revenue,
    max(ordered_at) as last_order_at,
    rank() over (order by sum(amount) desc, cust_id) as place
  from paid
  group by cust_id
)

select
  r.place,
  r.cust_id,
  c.name,
  r.orders,
  r.revenue,
  r.revenue - lag(r.revenue) over (order by r.place) as behind,
  r.last_order_at
from ranked as r
join `sales`.`customers` as c on c.customer_id = r.cust_id
order by r.place
