-- Orders far above what {store} usually sees.
select order_id, «cust_id|customer_id as cust_id», amount, currency
from sales.orders
where channel = '{channel}' and amount > (select avg(amount) from sales.orders where channel = '{channel}')
union
select order_id, «cust_id|customer_id», amount, currency
from sales.orders
where status = '{status}' and amount > 500
order by order_id
