-- New accounts by month and country, and the running total.
with monthly as (
    select substr(signed_up_at, 1, 7) as month, country, count(*) as signups
    from sales.users_v1
    group by 1, 2
)
select
    month,
    country,
    signups,
    sum(signups) over (partition by country order by month) as total
from monthly
order by month, country
