with bands as (
    {{ experience_bands() }}
)

select
    cell.period,
    cell.basis,
    {{ named_cell('cell') }},
    cell.dimension_value as experience_band,
    band.from_years as experience_from_years,
    band.below_years as experience_below_years,
    {{ pay_figures('cell') }}
from {{ ref('stg_estimates__pay_cells') }} as cell
left join bands as band
    on cell.dimension_value = band.experience_band
{{ joined_names('cell') }}
where cell.dimension = 'experience'
