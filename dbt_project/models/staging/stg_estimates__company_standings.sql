select
    employer_key,
    country,
    n_compared,
    n_strata,
    pay_percentile,
    pay_percentile_low,
    pay_percentile_high,
    pay_percentile_reason,
    top_occupations,
    top_regions,
    top_skills
from {{ source('estimates', 'company_standings') }}
