with gaps as (
    select *, 'country' as place_level, lower(country) as place_id
    from {{ ref('stg_estimates__skill_gaps') }}
)

select
    {{ named_cell('gaps') }},
    gaps.skill_id as skill_id,
    coalesce(skill.skill_name, gaps.skill_id) as skill_name,
    gaps.supply,
    gaps.n_openings,
    gaps.n_openings_asking,
    gaps.n_supply,
    gaps.n_supply_asking,
    {{ ratio('gaps.n_openings_asking', 'gaps.n_openings') }} as demand_share,
    {{ ratio('gaps.n_supply_asking', 'gaps.n_supply') }} as supply_share,
    gaps.gap,
    gaps.gap_low,
    gaps.gap_high,
    case
        when gaps.gap_low > 0 then 'more_demand'
        when gaps.gap_high < 0 then 'less_demand'
        else 'unknown'
    end as direction,
    gaps.reason,
    cast(0.95 as double precision) as interval_level,
    'skill-gap@1' as method
from gaps
left join {{ ref('dim_skills') }} as skill
    on gaps.skill_id = skill.skill_id
{{ joined_names('gaps') }}
