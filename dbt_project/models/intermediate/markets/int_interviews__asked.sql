{{ config(materialized='table') }}
-- What each opening of the trailing window asks for, as topics: skills by their kind, and years of experience in bands.
with openings as (
    select
        opening.opening_id,
        opening.representative_posting_id,
        opening.representative_source,
        opening.experience_min_years
    from {{ ref('fct_described_openings') }} as opening
    inner join {{ ref('dim_countries') }} as country
        on
            opening.country = country.country
            and opening.opened_on between country.window_from and country.last_captured_on
    where opening.occupation_detailed is not null
)

select
    openings.opening_id,
    openings.representative_source as source,
    case
        when named.skill_kind in ('certification', 'licence') then 'certification'
        when named.skill_kind in ('soft', 'communication') then 'soft_skill'
        when named.skill_kind = 'spoken' then 'language'
        else 'skill'
    end as topic_kind,
    skill.skill_id as topic,
    case when skill.requirement = 'required' then 1 else 0 end as is_required,
    case when skill.requirement = 'preferred' then 1 else 0 end as is_preferred
from openings
inner join {{ ref('fct_posting_skills') }} as skill
    on openings.representative_posting_id = skill.posting_id
left join {{ ref('dim_skills') }} as named
    on skill.skill_id = named.skill_id
union all
select
    openings.opening_id,
    openings.representative_source as source,
    'experience' as topic_kind,
    band.experience_band as topic,
    1 as is_required,
    0 as is_preferred
from openings
inner join ({{ experience_bands() }}) as band
    on
        openings.experience_min_years >= band.from_years
        and (openings.experience_min_years < band.below_years or band.below_years is null)
