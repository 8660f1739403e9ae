-- Active users by country, and how many of them have ever bought.
select
  u.country,
  count(*) as users,
  sum(
    case
      when exists (
        select 1
        from `sales`.`orders` as o
        where o.cust_id = u.user_id and o.status = 'paid'
      ) then 1
      else 0
    end
  ) as buyers
from `sales`.`users_v1` as u
where u.is_active = 1
group by u.country
order by users desc, u.country
