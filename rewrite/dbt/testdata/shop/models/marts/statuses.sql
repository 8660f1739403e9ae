{% set statuses = ['open', 'paid', 'shipped'] %}
select
    cust_id,
    {% for s in statuses %}
    count(case when status = '{{ s }}' then cust_id end) as {{ s }}_orders{% if not loop.last %},{% endif %}
    {% endfor %}
from {{ source('sales', 'orders') }}
group by cust_id
