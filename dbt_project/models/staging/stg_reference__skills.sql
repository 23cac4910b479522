select
    skill_id,
    skill_name,
    skill_kind
from {{ source('reference', 'skills') }}
