-- From cart to order. The cust_id here is the event's: who was signed in, not who paid.
with carts as (
    select
        e.cust_id,
        e.order_id,
        min(e.occurred_at) as carted_at
    from web.events e
    where e.name = 'checkout'
      and e.cust_id is not null
    group by e.cust_id, e.order_id
)

select
    carts.cust_id,
    count(*)           as checkouts,
    count(o.order_id)  as orders,
    sum(o.amount)      as revenue
from carts
left join sales.orders o
    on o.order_id = carts.order_id
   and o.status <> 'cancelled'
group by carts.cust_id
order by carts.cust_id
