select region, count(distinct cust_id) as customers from {{ ref('stg_customers') }} group by region
