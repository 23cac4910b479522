select
    frame,
    source,
    captured_on,
    made_from
from {{ source('store', 'partitions') }}
