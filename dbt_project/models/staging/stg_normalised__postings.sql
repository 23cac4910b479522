select
    source,
    captured_on,
    posting_id,
    source_posting_id,
    ats_id,
    requisition_id,
    url,
    title,
    posted_on,
    closes_on,
    {{ listed(normalised_columns()) }},
    n_places,
    experience_min_years,
    experience_max_years,
    language,
    text_length,
    record_hash
from {{ source('normalised', 'postings') }}
