-- A confidential source moves no window of a country that another source knows of.
with captured as (
    select country, last_captured_on, false as confidential from {{ ref('int_postings__admitted') }}
    union all
    select country, last_captured_on, confidential from {{ ref('int_salaries__admitted') }}
),

countries as (
    select
        country,
        coalesce(max(case when not confidential then last_captured_on end), max(last_captured_on)) as last_captured_on
    from captured
    where country is not null
    group by country
)

select
    countries.country,
    lower(countries.country) as place_id,
    reference.currency,
    {{ plus_days('countries.last_captured_on', 1 - var('trailing_days')) }} as window_from,
    countries.last_captured_on
from countries
left join {{ ref('stg_reference__countries') }} as reference
    on countries.country = reference.country
