select
    {{ day_of("date_trunc('month', paid_on)") }} as month_starts_on,
    coalesce(offer, 'subscription') as offer,
    currency,
    count(*) as n_payments,
    cast(sum(amount_minor) as bigint) as paid_minor,
    cast(sum(withdrawn_minor) as bigint) as withdrawn_minor,
    cast(sum(amount_minor - withdrawn_minor) as bigint) as net_minor
from {{ ref('stg_operator__payments') }}
group by {{ day_of("date_trunc('month', paid_on)") }}, coalesce(offer, 'subscription'), currency
