select
    user_id,
    signed_up_on,
    case when offer is not null then {{ part_of('offer', '-', 1) }} end as plan,
    currency,
    paid_on
from {{ source('operator', 'customers') }}
