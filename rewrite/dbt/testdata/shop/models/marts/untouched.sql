select day, sum(orders) as orders from {{ ref('orders_daily') }} group by day
