select
    cell.period,
    cell.basis,
    {{ named_cell('cell') }},
    cell.n_public_openings as n_openings,
    cell.n_public_observations as n_observations,
    cell.n_public_employers as n_employers,
    {{ ratio('cell.n_public_observations', 'cell.n_public_openings') }} as share_with_pay,
    cell.window_from,
    cell.window_to,
    cell.reason is null as published,
    cell.reason
from {{ ref('stg_estimates__pay_cells') }} as cell
{{ joined_names('cell') }}
where cell.dimension = 'all'
