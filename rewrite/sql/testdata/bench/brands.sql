select brand_id, brand, manager_id, year, month,
       sum(net_paid) as paid,
       rank() over (partition by year, month order by sum(net_paid) desc) as place
from days
join sales on sold_day = day_key
join items on items.item_key = sales.item_key
where category in ('Books', 'Home', 'Sports')
  and full_date between cast('1999-02-22' as date) and cast('1999-03-24' as date)
group by brand_id, brand, manager_id, year, month
having sum(net_paid) > 100
order by year, month, paid desc, brand_id
limit 100
