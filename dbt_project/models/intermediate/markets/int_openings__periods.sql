-- Each opening once for its calendar year, and once more when it is in its country's trailing window.
select
    opening.opening_id,
    opening.country,
    {{ year_text('opening.opened_on') }} as period,
    {{ day_of(year_text('opening.opened_on') ~ " || '-01-01'") }} as window_from,
    least({{ day_of(year_text('opening.opened_on') ~ " || '-12-31'") }}, country.last_captured_on) as window_to
from {{ ref('fct_openings') }} as opening
inner join {{ ref('dim_countries') }} as country
    on opening.country = country.country and opening.opened_on <= country.last_captured_on
union all
select
    opening.opening_id,
    opening.country,
    'trailing' as period,
    country.window_from,
    country.last_captured_on as window_to
from {{ ref('fct_openings') }} as opening
inner join {{ ref('dim_countries') }} as country
    on
        opening.country = country.country
        and opening.opened_on between country.window_from and country.last_captured_on
