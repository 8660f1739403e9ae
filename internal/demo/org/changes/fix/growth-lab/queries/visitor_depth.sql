-- How far visitors get: visits, pages, and where they came from first.
with visits as (
    select
        s.visitor_id as visitor,
        s.source,
        s.pages,
        row_number() over (partition by s.visitor_id order by s.started_at) as nth
    from web.sessions s
    where s.visitor_id is not null -- crawlers
)
select
    v.visitor,
    count(*)                                        as visits,
    sum(v.pages)                                    as pages,
    max(case when v.nth = 1 then v.source end)      as first_source
from visits v
group by v.visitor
order by pages desc, v.visitor
