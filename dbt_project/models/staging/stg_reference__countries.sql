select
    country,
    currency
from {{ source('reference', 'countries') }}
