create table daily_totals as
select sold_day, shop_key, sum(net_paid) as paid, sum(tax) as tax, count(*) as lines
from sales
group by sold_day, shop_key;

delete from shop_totals where day_key in (select day_key from days where year = 2003 and month = 2);

insert into shop_totals (day_key, shop_key, shop_name, paid, share_of_day)
select t.sold_day, t.shop_key, s.shop_name, t.paid, t.paid / sum(t.paid) over (partition by t.sold_day)
from daily_totals t
join shops s on s.shop_key = t.shop_key
where s.closed_day is null;

update buyer_totals
set paid = n.paid, last_day = n.last_day
from (select buyer_key, sum(net_paid) as paid, max(sold_day) as last_day
      from sales where sold_day > 2452000 group by buyer_key) as n
where n.buyer_key = buyer_totals.buyer_key;

insert into alerts (ticket, message)
select ticket, 'paid ' || net_paid || ' for ' || units || ' units' -- net_paid is what the buyer gave
from sales
where net_paid > 10 * (select avg(x.net_paid) from sales x where x.item_key = sales.item_key);

select a.day_key, a.paid, b.paid as paid_before
from shop_totals a left join shop_totals b on b.shop_key = a.shop_key and b.day_key = a.day_key - 7
order by 1;
