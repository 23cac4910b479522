select
    month,
    basis,
    occupation_level,
    occupation_code,
    place_level,
    place_id,
    country,
    currency,
    n_observations,
    n_employers,
    p50,
    p50_low,
    p50_high,
    reason,
    method
from {{ source('estimates', 'pay_trends') }}
