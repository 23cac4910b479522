select
    figures.basis,
    {{ named_cell('figures') }},
    figures.n_observations,
    figures.n_observations_before,
    figures.n_employers,
    figures.n_cells,
    figures.matched_share,
    figures.growth,
    figures.growth_low,
    figures.growth_high,
    figures.raw_growth,
    figures.direction,
    figures.reason,
    figures.window_from,
    figures.window_to,
    figures.before_from,
    figures.before_to,
    figures.interval_level,
    figures.method
from {{ ref('stg_estimates__pay_growth') }} as figures
{{ joined_names('figures') }}
