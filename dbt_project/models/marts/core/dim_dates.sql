{{ config(materialized='view') }}
with days as (
    select {{ plus_days(day_of("'2000-01-01'"), 'day_number') }} as day
    from {{ day_numbers(14610) }} as day_numbers
)

select
    day,
    cast(extract(year from day) as integer) as year_number,
    cast(extract(month from day) as integer) as month_number,
    {{ day_of("date_trunc('month', day)") }} as month_starts_on,
    cast(extract(isodow from day) as integer) as iso_weekday
from days
