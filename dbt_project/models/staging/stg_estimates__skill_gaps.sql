select
    country,
    occupation_level,
    occupation_code,
    skill_id,
    supply,
    n_openings,
    n_openings_asking,
    n_supply,
    n_supply_asking,
    gap,
    gap_low,
    gap_high,
    reason
from {{ source('estimates', 'skill_gaps') }}
