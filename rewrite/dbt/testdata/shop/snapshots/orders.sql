{% snapshot orders_snapshot %}
{{ config(unique_key='order_id', strategy='check', check_cols=['cust_id']) }}
select order_id, cust_id from {{ source('sales', 'orders') }}
{% endsnapshot %}
