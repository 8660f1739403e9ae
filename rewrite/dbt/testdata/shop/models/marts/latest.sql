with o as (select {{ dbt_utils.star(source('sales', 'orders'), except=['amount']) }} from {{ source('sales', 'orders') }})
select order_id, cust_id from o
