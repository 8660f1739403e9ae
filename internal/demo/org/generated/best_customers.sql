-- The best customers of {store}, by what they paid.
with paid as (
    select «{o}.cust_id|{o}.customer_id as cust_id», {o}.amount
    from sales.orders as {o}
    where {o}.status = '{status}'
      and {o}.channel = '{channel}'
)
select c.name, c.country, sum(p.amount) as total
from paid as p
join sales.customers as c on c.customer_id = p.cust_id
group by c.name, c.country
order by total desc, c.name
