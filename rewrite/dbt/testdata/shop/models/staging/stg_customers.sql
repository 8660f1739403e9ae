select cust_id, upper(region) as region from {{ source('sales', 'customers') }}
