select order_id from {{ source('sales', 'orders') }}
where {% for col in ['customer_id', 'amount'] %}{{ col }} is not null{% if not loop.last %} and {% endif %}{% endfor %}
