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
    cell.n_openings,
    cell.n_observations,
    cell.n_employers,
    {{ ratio('cell.n_observations', 'cell.n_openings') }} as share_with_pay,
    cell.window_from,
    cell.window_to,
    cell.reason is null as published,
    cell.reason
from {{ ref('stg_estimates__pay_cells') }} as cell
left join {{ ref('dim_occupations') }} as occupation
    on cell.occupation_code = occupation.occupation_code
left join {{ ref('dim_places') }} as place
    on cell.place_id = place.place_id
where cell.dimension = 'all'
