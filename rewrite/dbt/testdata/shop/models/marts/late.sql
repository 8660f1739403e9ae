{{ config(post_hook="delete from {{ this }} where cust_id in (select o.cust_id from {{ source('sales', 'orders') }} as o)") }}
select o.cust_id from {{ source('sales', 'orders') }} as o where {{ is_late('o.updated_at') }}
