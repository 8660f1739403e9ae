with yearly as (
  select buyer_id, first_name, last_name, preferred, birth_country, login, email, year as sales_year,
         sum(((total_list - total_cost - discount) + sale_price) / 2) as year_total,
         sum(net_paid) as paid,
         's' as sale_type
  from buyers, sales, days
  where buyers.buyer_key = sales.buyer_key
    and sold_day = day_key
  group by buyer_id, first_name, last_name, preferred, birth_country, login, email, year
)
select later.buyer_id, later.first_name, later.last_name, later.email
from yearly earlier, yearly later
where later.buyer_id = earlier.buyer_id
  and earlier.sale_type = 's'
  and later.sale_type = 's'
  and earlier.sales_year = 2001
  and later.sales_year = 2001 + 1
  and earlier.year_total > 0
  and case when earlier.year_total > 0 then later.year_total / earlier.year_total else 0.0 end > 1.1
order by later.buyer_id, later.first_name, later.last_name, later.email
limit 100
