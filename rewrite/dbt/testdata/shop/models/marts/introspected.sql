select {{ other_package.columns_of(source('sales', 'orders')) }} from {{ source('sales', 'orders') }}
