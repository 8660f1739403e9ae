select b.first_name, b.last_name, s.ticket, s.net_paid as paid, d.full_date
from sales s
join buyers b on b.buyer_key = s.buyer_key
join days d on d.day_key = s.sold_day
where d.year = 2001 and s.net_paid > 250.00 and b.email is not null
