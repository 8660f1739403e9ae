select channel, category, sum(net_paid) as paid, sum(net_profit) as profit, count(distinct ticket) as tickets,
       sum(sum(net_paid)) over (partition by channel) as channel_paid,
       lag(sum(net_profit), 1) over (partition by category order by channel) as previous_profit
from sales
inner join items using (item_key)
inner join shops on sales.shop_key = shops.shop_key
where state in ('TN', 'SD', 'AL') -- net_paid is without tax
  and coalesce(sales.net_paid, 0) + coalesce(tax, 0) > 0
  and brand not like 'corp%'
group by rollup (channel, category)
order by channel nulls last, category nulls last
