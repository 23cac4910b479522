select
    payment_id,
    user_id,
    offer,
    currency,
    amount_minor,
    withdrawn_minor,
    paid_on
from {{ source('operator', 'payments') }}
