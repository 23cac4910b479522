select
    employer_key,
    country,
    n_openings,
    days_p50,
    days_p50_low,
    days_p50_high,
    days_p50_reason
from {{ source('estimates', 'company_durations') }}
