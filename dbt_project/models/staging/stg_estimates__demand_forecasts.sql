select
    occupation_level,
    occupation_code,
    place_level,
    place_id,
    country,
    weeks_ahead,
    week,
    n_weeks,
    n_openings,
    forecast,
    forecast_low,
    forecast_high,
    interval_level,
    seasonal,
    reason,
    method
from {{ source('estimates', 'demand_forecasts') }}
