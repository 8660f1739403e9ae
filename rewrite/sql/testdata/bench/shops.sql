select s.shop_name, s.company_id, s.street_number, s.street, s.city, s.county, s.state, s.zip,
       sum(case when t.sold_minute - d.month_seq <= 30 then 1 else 0 end) as "30 days",
       sum(case when t.sold_minute - d.month_seq > 30 and t.sold_minute - d.month_seq <= 60 then 1 else 0 end) as "31 to 60 days",
       sum(case when t.sold_minute - d.month_seq > 60 and t.sold_minute - d.month_seq <= 90 then 1 else 0 end) as "61 to 90 days",
       sum(case when t.sold_minute - d.month_seq > 120 then t.net_paid else 0 end) as ">120 days"
from sales t
join shops s on t.shop_key = s.shop_key
left join days d on t.sold_day = d.day_key and d.year = 2001
where t.ticket is not null
  and exists (select 1 from buyers b where b.buyer_key = t.buyer_key and b.birth_year > 1950 and t.net_paid > 10)
group by s.shop_name, s.company_id, s.street_number, s.street, s.city, s.county, s.state, s.zip
order by s.shop_name, s.company_id, s.street_number, s.street
limit 100
