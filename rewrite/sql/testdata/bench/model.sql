-- The orders that finance reports on, one row per ticket and item.
with sold as (

    select * from sales

),

calendar as (

    select
        day_key,
        full_date,
        fiscal_year,
        fiscal_quarter,
        case
            when holiday = 'Y' then 'holiday'
            when weekend = 'Y' then 'weekend'
            else 'working day'
        end as kind_of_day
    from days

),

people as (

    select
        buyer_key,
        buyer_id,
        trim(first_name) || ' ' || trim(last_name) as full_name,
        lower(email) as email,
        coalesce(nullif(trim(birth_country), ''), 'unknown') as birth_country,
        row_number() over (
            partition by buyer_id
            order by last_review desc
        ) as newest
    from buyers

),

cleaned as (

    select
        sold.ticket,
        sold.item_key,
        sold.buyer_key,
        sold.shop_key,
        sold.sold_day,
        cast(sold.units as integer) as units,
        cast(sold.net_paid as numeric(18, 2)) as amount,
        cast(sold.net_profit as numeric(18, 2)) as profit,
        sold.tax / nullif(sold.net_paid, 0) as tax_share,
        upper(sold.channel) as channel,
        sold.currency
    from sold
    where sold.ticket is not null
      and sold.net_paid >= 0

),

refunds as (

    select
        ticket,
        item_key,
        sum(refunded) as refunded,
        sum(net_loss) as lost,
        count(*) as times_returned
    from returns
    group by 1, 2

),

final as (

    select
        cleaned.ticket,
        cleaned.item_key,
        items.item_id,
        items.category,
        items.brand,
        people.buyer_id,
        people.full_name,
        people.email,
        calendar.full_date,
        calendar.fiscal_year,
        calendar.fiscal_quarter,
        calendar.kind_of_day,
        shops.shop_name,
        shops.state,
        cleaned.units,
        cleaned.amount,
        cleaned.profit,
        cleaned.tax_share,
        coalesce(refunds.refunded, 0) as refunded,
        cleaned.amount - coalesce(refunds.refunded, 0) as amount_kept,
        coalesce(refunds.times_returned, 0) > 0 as was_returned,
        sum(cleaned.amount) over (
            partition by people.buyer_id
            order by calendar.full_date
            rows between unbounded preceding and current row
        ) as amount_to_date,
        cleaned.channel,
        cleaned.currency
    from cleaned
    left join calendar on cleaned.sold_day = calendar.day_key
    left join people on cleaned.buyer_key = people.buyer_key and people.newest = 1
    left join items on cleaned.item_key = items.item_key
    left join shops on cleaned.shop_key = shops.shop_key
    left join refunds
        on cleaned.ticket = refunds.ticket
        and cleaned.item_key = refunds.item_key

)

select * from final
