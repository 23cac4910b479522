select
    cell.period,
    cell.basis,
    {{ named_cell('cell') }},
    cell.n_openings,
    cell.n_observations,
    cell.n_employers,
    {{ ratio('cell.n_observations', 'cell.n_openings') }} as share_with_pay,
    cell.window_from,
    cell.window_to,
    cell.reason is null as published,
    cell.reason
from {{ ref('stg_estimates__pay_cells') }} as cell
{{ joined_names('cell') }}
where cell.dimension = 'all'
