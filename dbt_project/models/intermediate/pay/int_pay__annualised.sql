-- A year's base pay in the country's own currency and in US dollars, or the reason why there is none.
with rated as (
    select
        stated.kind_of_row,
        stated.row_id,
        stated.country_currency,
        stated.pay_annual_min,
        stated.pay_annual_max,
        stated.unusable_reason,
        case when stated.pay_currency = stated.country_currency then 1.0 else local_rate.rate end as rate,
        case when stated.pay_currency = 'USD' then 1.0 else dollar_rate.rate end as rate_usd
    from {{ ref('int_pay__stated') }} as stated
    left join {{ ref('int_pay__rated') }} as local_rate
        on
            stated.pay_currency = local_rate.from_currency
            and stated.country_currency = local_rate.to_currency
            and stated.dated_on = local_rate.dated_on
    left join {{ ref('int_pay__rated') }} as dollar_rate
        on
            stated.pay_currency = dollar_rate.from_currency
            and dollar_rate.to_currency = 'USD'
            and stated.dated_on = dollar_rate.dated_on
),

judged as (
    select
        *,
        -- A year's pay that nobody is paid, whatever the currency, or in dollars where the day has a rate.
        case
            when unusable_reason is not null then unusable_reason
            when rate is null then 'no_rate'
            when pay_annual_max * rate >= {{ var('pay_highest') }} then 'implausible'
            when pay_annual_min * rate_usd < {{ var('pay_lowest_usd') }} then 'implausible'
            when pay_annual_max * rate_usd > {{ var('pay_highest_usd') }} then 'implausible'
        end as pay_unusable_reason
    from rated
)

select
    kind_of_row,
    row_id,
    country_currency,
    {% for column, amount in [
        ('pay_annual', '(pay_annual_min + pay_annual_max) / 2'),
        ('pay_annual_min', 'pay_annual_min'),
        ('pay_annual_max', 'pay_annual_max'),
    ] %}
        case when pay_unusable_reason is null then {{ rounded('(' ~ amount ~ ') * rate', 2) }} end as {{ column }},
    {% endfor %}
    case
        when pay_unusable_reason is null then {{ rounded('(pay_annual_min + pay_annual_max) / 2 * rate_usd', 2) }}
    end as pay_annual_usd,
    pay_unusable_reason
from judged
