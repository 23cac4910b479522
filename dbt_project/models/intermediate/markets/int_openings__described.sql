{{ config(materialized='table') }}
-- Openings that say what they ask for: those with a text, and all of a source that lists skills instead. Of the others a
-- skill is known only where the title names it: counting them would make such skills look asked for everywhere.
-- Unknown employers are one for each source, as in the quality rule.
-- Employers and cells are numbered, because counting distinct employers over every skill is several times faster so.
with skilled as (
    select distinct posting_id from {{ ref('fct_posting_skills') }}
),

-- A source lists skills when most of its openings without a text have some.
listing as (
    select opening.representative_source as source
    from {{ ref('fct_openings') }} as opening
    left join skilled
        on opening.representative_posting_id = skilled.posting_id
    where not opening.has_text
    group by opening.representative_source
    having 2 * count(skilled.posting_id) > count(*)
),

described as (
    select
        opening.opening_id,
        opening.representative_posting_id,
        period.period,
        period.window_from,
        period.window_to,
        opening.country,
        lower(opening.country) as country_id,
        opening.region_id,
        opening.occupation_detailed,
        opening.occupation_major,
        coalesce(opening.employer_key, '?' || opening.representative_source) as employer
    from {{ ref('fct_openings') }} as opening
    inner join {{ ref('int_openings__periods') }} as period
        on opening.opening_id = period.opening_id
    left join listing
        on opening.representative_source = listing.source
    where opening.has_text or listing.source is not null
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
