-- The pages that people look at once we know who they are.
select
    page,
    count(*)                as views,
    count(distinct cust_id) as people
from web.events
where name = 'view'
  and cust_id is not null
group by page
order by views desc, page
