{{ config(materialized='table') }}
-- Described openings with the periods that they count in. Employers and cells are numbered, because counting distinct
-- employers over every skill is several times faster so.
with described as (
    select
        opening.opening_id as opening_id,
        opening.representative_posting_id,
        period.period,
        period.window_from,
        period.window_to,
        opening.country as country,
        lower(opening.country) as country_id,
        opening.region_id,
        opening.occupation_detailed,
        opening.occupation_major,
        opening.employer_or_source as employer
    from {{ ref('fct_described_openings') }} as opening
    inner join {{ ref('int_openings__periods') }} as period
        on opening.opening_id = period.opening_id
)

select
    opening_id,
    representative_posting_id,
    period,
    window_from,
    window_to,
    country,
    country_id,
    region_id,
    occupation_detailed,
    occupation_major,
    {% for occupation_level, place_level in markets() %}
        {% set code = market_code(occupation_level) %}
        cast(case
            when {{ place_level }}_id is not null and {{ code }} is not null
                then dense_rank() over (order by period, country, {{ place_level }}_id, {{ code }})
        end as integer) as cell_{{ occupation_level }}_{{ place_level }},
    {% endfor %}
    cast(dense_rank() over (order by employer) as integer) as employer_number
from described
