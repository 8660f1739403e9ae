select order_id from {{ source('sales', 'orders') }}
where {% for col in ['cust_id', 'amount'] %}{{ col }} is not null{% if not loop.last %} and {% endif %}{% endfor %}
