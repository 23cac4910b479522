with known as (
    select
        min(period_starts_on) as first_day,
        max(read_on) as read_on
    from {{ ref('stg_operator__invoice_lines') }}
)

select
    days.month_starts_on,
    max(days.day) as measured_on
from {{ ref('dim_dates') }} as days
cross join known
where days.day between known.first_day and known.read_on
group by days.month_starts_on
