select
    place_id,
    place_name,
    place_level,
    country,
    region_id,
    metro
from {{ source('reference', 'places') }}
