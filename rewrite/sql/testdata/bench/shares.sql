with per_item as (
  select sales.item_key, items.item_id, items.description, items.category, items.class, items.price,
         sum(net_paid) as revenue
  from sales join items on sales.item_key = items.item_key join days on sold_day = day_key
  where days.year = 2000
  group by sales.item_key, items.item_id, items.description, items.category, items.class, items.price
), shares as (
  select p.*, p.revenue * 100 / sum(p.revenue) over (partition by p.class) as revenue_share,
         row_number() over (partition by p.category order by p.revenue desc, p.item_id) as place
  from per_item p
)
select category, class, item_id, description, price, revenue, revenue_share
from shares
where place <= 10 and revenue > (select avg(net_paid) * 3 from sales where units > 1)
union all
select category, 'all', null, null, null, sum(revenue), 100
from shares
group by category
order by category, class, item_id
