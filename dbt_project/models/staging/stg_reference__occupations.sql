select
    occupation_code,
    occupation_title,
    occupation_level,
    parent_code
from {{ source('reference', 'occupations') }}
