{{ config(materialized='table') }}
-- Openings that say what they ask for: a text, or skills that the source lists. The others say nothing about skills, so
-- they count neither with a skill nor without. Unknown employers are one for each source, as in the quality rule.
with skilled as (
    select distinct posting_id from {{ ref('fct_posting_skills') }}
)

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
    dense_rank() over (
        order by coalesce(opening.employer_key, '?' || opening.representative_source)
    ) as employer_number
from {{ ref('fct_openings') }} as opening
inner join {{ ref('int_openings__periods') }} as period
    on opening.opening_id = period.opening_id
left join skilled
    on opening.representative_posting_id = skilled.posting_id
where opening.has_text or skilled.posting_id is not null
