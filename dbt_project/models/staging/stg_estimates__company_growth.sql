select
    employer_key,
    country,
    n_recent,
    n_before,
    growth,
    growth_low,
    growth_high,
    market_growth,
    p_value,
    q_value,
    is_hot,
    window_from,
    window_to,
    before_from,
    before_to
from {{ source('estimates', 'company_growth') }}
