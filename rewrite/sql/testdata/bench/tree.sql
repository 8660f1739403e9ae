with busy_items as (
  select substr(i.description, 1, 30) as short_name, i.item_key, d.full_date, count(*) as times
  from sales s, days d, items i
  where s.sold_day = d.day_key and s.item_key = i.item_key and d.year in (2000, 2001, 2002, 2003)
  group by substr(i.description, 1, 30), i.item_key, d.full_date
  having count(*) > 4
),
best as (
  select max(spent) as most
  from (select b.buyer_key, sum(s.units * s.sale_price) as spent
        from sales s, buyers b, days d
        where s.buyer_key = b.buyer_key and s.sold_day = d.day_key and d.year in (2000, 2001, 2002, 2003)
        group by b.buyer_key) as per_buyer
),
best_buyers as (
  select b.buyer_key, sum(s.units * s.sale_price) as spent
  from sales s, buyers b
  where s.buyer_key = b.buyer_key
  group by b.buyer_key
  having sum(s.units * s.sale_price) > 0.95 * (select most from best)
),
by_shop as (
  select shop_key, item_key, avg(net_profit) as average_profit, sum(net_paid) as paid
  from sales
  where promo_key is null
  group by shop_key, item_key
),
ranked as (
  select item_key, average_profit, paid, rank() over (order by average_profit) as from_below,
         rank() over (order by average_profit desc) as from_above,
         dense_rank() over (partition by shop_key order by paid desc) as place
  from by_shop v
  where v.average_profit > 0.9 * (select avg(net_profit) from sales where shop_key = 4 and buyer_key is not null)
),
flows as (
  select 'shop' as kind, s.item_key, s.shop_key as place_key, s.net_paid as money, d.year, d.quarter
  from sales s join days d on s.sold_day = d.day_key
  where s.channel = 'store'
  union all
  select 'web', s.item_key, s.home_key, s.net_paid - s.coupon, d.year, d.quarter
  from sales s join days d on s.sold_day = d.day_key
  where s.channel = 'web'
  union all
  select 'back', r.item_key, r.shop_key, -r.amount, d.year, d.quarter
  from returns r join days d on r.returned_day = d.day_key
),
net_flows as (
  select item_key, place_key, year, quarter,
         sum(case when kind = 'shop' then money else 0 end) as in_shops,
         sum(case when kind = 'web' then money else 0 end) as on_the_web,
         sum(case when kind = 'back' then money else 0 end) as came_back,
         sum(money) as net
  from flows
  group by item_key, place_key, year, quarter
),
growth as (
  select now.item_key, now.place_key, now.year, now.quarter, now.net, past.net as net_before,
         case when past.net > 0 then now.net / past.net else null end as ratio
  from net_flows now
  left join net_flows past
    on past.item_key = now.item_key and past.place_key = now.place_key
   and past.year = now.year - 1 and past.quarter = now.quarter
)
select i.item_id, i.brand, i.category, a.city, a.state, sh.shop_name, g.year, g.quarter,
       g.net, g.net_before, round(g.ratio, 2) as ratio, r.place, p.promo_name,
       (select sum(s2.net_paid) from sales s2 where s2.item_key = i.item_key and s2.shop_key = sh.shop_key) as paid_here,
       count(distinct s.ticket) as tickets,
       sum(s.net_paid) as paid,
       sum(s.net_paid - s.total_cost) filter (where s.discount > 0) as margin_with_discount,
       min(s.sale_price / s.list_price) as lowest
from growth g
join items i on i.item_key = g.item_key
join shops sh on sh.shop_key = g.place_key
join sales s on s.item_key = i.item_key and s.shop_key = sh.shop_key
join buyers b on b.buyer_key = s.buyer_key
join addresses a on a.address_key = b.address_key and substr(a.zip, 1, 5) <> sh.zip
left join promos p on p.promo_key = s.promo_key and p.item_key = i.item_key
left join ranked r on r.item_key = i.item_key
where g.ratio > 1.2
  and i.item_key in (select item_key from busy_items)
  and b.buyer_key in (select buyer_key from best_buyers)
  and exists (select 1 from returns x where x.ticket = s.ticket and x.item_key = s.item_key and x.amount < s.net_paid)
  and not exists (select 1 from days h where h.day_key = s.sold_day and h.holiday = 'Y')
  and (a.state in ('TN', 'SD', 'AL', 'GA') or sh.state = a.state and s.net_paid between 100 and 150
       or b.preferred = 'Y' and s.net_paid between 50 and 100)
group by i.item_id, i.brand, i.category, a.city, a.state, sh.shop_name, g.year, g.quarter, g.net, g.net_before, g.ratio,
         r.place, p.promo_name, i.item_key, sh.shop_key
order by g.year, g.quarter, paid desc, i.item_id
limit 100
