select
    trend.month,
    trend.basis,
    trend.occupation_level,
    trend.occupation_code,
    {{ occupation_title_of('trend', 'occupation') }} as occupation_title,
    trend.place_level,
    trend.place_id,
    coalesce(place.place_name, trend.place_id) as place_name,
    trend.country,
    trend.currency,
    trend.n_observations,
    trend.n_employers,
    trend.p50,
    trend.p50_low,
    trend.p50_high,
    trend.reason,
    trend.method
from {{ ref('stg_estimates__pay_trends') }} as trend
left join {{ ref('dim_occupations') }} as occupation
    on trend.occupation_code = occupation.occupation_code
left join {{ ref('dim_places') }} as place
    on trend.place_id = place.place_id
