select
    posting_id,
    opening_id
from {{ source('openings', 'members') }}
