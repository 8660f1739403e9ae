select shop_key, sum(net_paid) as paid, count(*) as tickets
from sales
where sold_day between 2451545 and 2451575
group by shop_key
having sum(net_paid) > 1000
order by paid desc
