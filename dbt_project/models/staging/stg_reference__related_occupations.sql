select
    occupation_code,
    related_code,
    place,
    closeness
from {{ source('reference', 'related_occupations') }}
