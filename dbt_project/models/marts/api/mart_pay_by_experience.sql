with bands as (
    {{ experience_bands() }}
)

select
    cell.period,
    cell.basis,
    cell.occupation_level,
    cell.occupation_code,
    {{ occupation_title_of('cell', 'occupation') }} as occupation_title,
    cell.place_level,
    cell.place_id,
    coalesce(place.place_name, cell.place_id) as place_name,
    cell.country,
    cell.dimension_value as experience_band,
    band.from_years as experience_from_years,
    band.below_years as experience_below_years,
    {{ pay_figures('cell') }}
from {{ ref('stg_estimates__pay_cells') }} as cell
left join bands as band
    on cell.dimension_value = band.experience_band
left join {{ ref('dim_occupations') }} as occupation
    on cell.occupation_code = occupation.occupation_code
left join {{ ref('dim_places') }} as place
    on cell.place_id = place.place_id
where cell.dimension = 'experience'
