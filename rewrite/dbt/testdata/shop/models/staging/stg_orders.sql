{{ config(materialized='view') }}
-- one row for each order; cust_id is the buyer
select
    order_id,
    cust_id,
    {{ cents('amount') }} as amount,
    status,
    updated_at
from {{ source('sales', 'orders') }}
