select
    source,
    captured_on,
    rate_on,
    upper(base) as base_currency,
    upper(quote) as quote_currency,
    rate
from {{ source('canonical', 'fx_rates') }}
