-- A year's base pay in the country's own currency, or the reason why there is none.
select
    stated.kind_of_row,
    stated.row_id,
    stated.country_currency,
    case
        when stated.unusable_reason is null
            then
                round(
                    (stated.pay_annual_min + stated.pay_annual_max) / 2
                    * case when stated.pay_currency = stated.country_currency then 1.0 else rated.rate end,
                    2
                )
    end as pay_annual,
    case
        when stated.unusable_reason is not null then stated.unusable_reason
        when stated.pay_currency <> stated.country_currency and rated.rate is null then 'no_rate'
    end as pay_unusable_reason
from {{ ref('int_pay__stated') }} as stated
left join {{ ref('int_pay__rated') }} as rated
    on
        stated.pay_currency = rated.from_currency
        and stated.country_currency = rated.to_currency
        and stated.dated_on = rated.dated_on
