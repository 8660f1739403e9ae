{# cust_id comes from stg_orders #}
select buyer /* was cust_id */ from {{ ref('raw_join') }}
