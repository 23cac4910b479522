select
    occupation_code,
    skill_id
from {{ source('reference', 'occupation_skills') }}
