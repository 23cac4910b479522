select
    {{ named_cell('figures') }},
    figures.weeks_ahead,
    figures.week,
    figures.n_weeks,
    figures.n_openings,
    figures.forecast,
    figures.forecast_low,
    figures.forecast_high,
    figures.interval_level,
    figures.seasonal,
    figures.reason,
    figures.method
from {{ ref('stg_estimates__demand_forecasts') }} as figures
{{ joined_names('figures') }}
