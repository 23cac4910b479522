{{ config(materialized='table') }}
-- The rate for each pair of currencies and day that some pay needs: the latest within a few days, stated before turned
-- round before crossed over a third currency.
with needed as (
    select distinct
        pay_currency as from_currency,
        country_currency as to_currency,
        dated_on
    from {{ ref('int_pay__stated') }}
    where unusable_reason is null and pay_currency <> country_currency
    union
    select distinct
        pay_currency as from_currency,
        'USD' as to_currency,
        dated_on
    from {{ ref('int_pay__stated') }}
    where unusable_reason is null and pay_currency <> 'USD'
),

ranked as (
    select
        rate_on,
        base_currency,
        quote_currency,
        rate,
        row_number() over (
            partition by rate_on, base_currency, quote_currency
            order by captured_on desc, source, rate
        ) as place
    from {{ ref('stg_canonical__fx_rates') }}
    where rate > 0
),

legs as (
    select rate_on, base_currency as from_currency, quote_currency as to_currency, rate, 0 as turned
    from ranked
    where place = 1
    union all
    select rate_on, quote_currency as from_currency, base_currency as to_currency, 1.0 / rate as rate, 1 as turned
    from ranked
    where place = 1
),

candidates as (
    select needed.from_currency, needed.to_currency, needed.dated_on, leg.rate_on, leg.rate, leg.turned, '' as over
    from needed
    inner join legs as leg
        on
            needed.from_currency = leg.from_currency
            and needed.to_currency = leg.to_currency
            and leg.rate_on between {{ plus_days('needed.dated_on', -var('fx_days')) }} and needed.dated_on
    union all
    select
        needed.from_currency as from_currency,
        needed.to_currency as to_currency,
        needed.dated_on,
        outward.rate_on as rate_on,
        outward.rate * homeward.rate as rate,
        2 + outward.turned + homeward.turned as turned,
        outward.to_currency as over
    from needed
    inner join legs as outward
        on
            needed.from_currency = outward.from_currency
            and outward.rate_on between {{ plus_days('needed.dated_on', -var('fx_days')) }} and needed.dated_on
    inner join legs as homeward
        on
            needed.to_currency = homeward.to_currency
            and outward.to_currency = homeward.from_currency
            and outward.rate_on = homeward.rate_on
),

best as (
    select
        *,
        row_number() over (
            partition by from_currency, to_currency, dated_on
            order by rate_on desc, turned, over, rate
        ) as place
    from candidates
)

select from_currency, to_currency, dated_on, rate_on, rate
from best
where place = 1
