-- Visitors that an ad brought, by device, and how many came again without one.
select a.device,
       count(distinct a.visitor) as landed,
       count(distinct b.visitor) as returned
from web.sessions as a
left join web.sessions as b
       on b.visitor = a.visitor
      and b.source <> 'ads'
      and b.started_at > a.started_at
where a.source = 'ads'
group by a.device
order by a.device
