{% set statuses = ['open', 'paid', 'shipped'] %}
select
    customer_id as cust_id,
    {% for s in statuses %}
    count(case when status = '{{ s }}' then customer_id end) as {{ s }}_orders{% if not loop.last %},{% endif %}
    {% endfor %}
from {{ source('sales', 'orders') }}
group by customer_id
