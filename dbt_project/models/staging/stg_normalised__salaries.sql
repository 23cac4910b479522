select
    source,
    captured_on,
    observation_id,
    title,
    basis,
    observed_on,
    n_workers,
    experience_years,
    {{ listed(normalised_columns()) }},
    record_hash
from {{ source('normalised', 'salaries') }}
