select
    cell.period,
    cell.basis,
    {{ named_cell('cell') }},
    cell.dimension,
    cell.dimension_value,
    {{ pay_figures('cell') }}
from {{ ref('stg_estimates__pay_cells') }} as cell
{{ joined_names('cell') }}
where cell.dimension in ('all', 'seniority', 'company_size', 'industry')
