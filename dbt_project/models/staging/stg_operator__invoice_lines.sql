select
    line_id,
    user_id,
    offer,
    {{ part_of('offer', '-', 1) }} as plan,
    currency,
    amount_minor,
    starts_second,
    period_starts_on,
    period_ends_on,
    read_on
from {{ source('operator', 'invoice_lines') }}
