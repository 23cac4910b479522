select
    trend.month,
    trend.basis,
    {{ named_cell('trend') }},
    trend.currency,
    trend.n_observations,
    trend.n_employers,
    trend.n_effective,
    trend.interval_method,
    trend.p50,
    trend.p50_low,
    trend.p50_high,
    trend.reason,
    trend.method,
    trend.p50_real,
    trend.p50_real_low,
    trend.p50_real_high,
    trend.real_reason,
    trend.deflator,
    trend.price_index,
    trend.prices_of,
    trend.price_base
from {{ ref('stg_estimates__pay_trends') }} as trend
{{ joined_names('trend') }}
