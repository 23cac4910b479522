-- What openings and salary observations state of pay, side by side, with the currency of their country.
with stated as (
    select
        'posting' as kind_of_row,
        posting_id as row_id,
        opened_on as dated_on,
        country,
        pay_currency,
        pay_kind,
        pay_reason,
        pay_annual_min,
        pay_annual_max
    from {{ ref('int_postings__admitted') }}
    union all
    select
        'salary' as kind_of_row,
        observation_id as row_id,
        dated_on,
        country,
        pay_currency,
        pay_kind,
        pay_reason,
        pay_annual_min,
        pay_annual_max
    from {{ ref('int_salaries__admitted') }}
)

select
    stated.*,
    countries.currency as country_currency,
    -- Only stated base pay; a range open at one end is no figure. What is not said to be another kind is base.
    case
        when stated.pay_kind <> 'base' then 'kind_' || stated.pay_kind
        when stated.pay_annual_min is null and stated.pay_annual_max is null
            then coalesce(stated.pay_reason, 'not_stated')
        when stated.pay_annual_min is null or stated.pay_annual_max is null then 'open_range'
        when stated.pay_annual_min <= 0 or stated.pay_annual_max < stated.pay_annual_min then 'out_of_range'
        when stated.pay_currency is null then 'no_currency'
        when stated.country is null then 'no_country'
        when countries.currency is null then 'no_country_currency'
    end as unusable_reason
from stated
left join {{ ref('stg_reference__countries') }} as countries
    on stated.country = countries.country
