select
    {{ day_of("date_trunc('month', signed_up_on)") }} as month_starts_on,
    coalesce(plan, 'none') as plan,
    coalesce(currency, 'none') as currency,
    count(*) as n_signed_up,
    cast(sum(case when paid_on is not null then 1 else 0 end) as bigint) as n_paid,
    {{ ratio('sum(case when paid_on is not null then 1 else 0 end)', 'count(*)') }} as conversion
from {{ ref('stg_operator__customers') }}
group by {{ day_of("date_trunc('month', signed_up_on)") }}, coalesce(plan, 'none'), coalesce(currency, 'none')
