select
    source,
    captured_on,
    posting_id,
    skill_id,
    requirement
from {{ source('normalised', 'posting_skills') }}
