{{ config(materialized='incremental', unique_key=['day', 'cust_id']) }}
select
    {{ dbt.date_trunc('day', 'o.updated_at') }} as day,
    o.cust_id,
    count(*) as orders
from {{ source('sales', 'orders') }} as o
{% if is_incremental() %}
where o.updated_at > (select max(day) from {{ this }})
{% else %}
where o.updated_at > '{{ var("first_day") }}' and o.cust_id is not null
{% endif %}
group by 1, o.cust_id
