with premiums as (
    select *, 'country' as place_level, lower(country) as place_id
    from {{ ref('stg_estimates__skill_premiums') }}
)

select
    {{ named_cell('premiums') }},
    premiums.skill_id as skill_id,
    coalesce(skill.skill_name, premiums.skill_id) as skill_name,
    skill.skill_kind,
    premiums.n_openings,
    premiums.n_openings_asking,
    premiums.n_employers,
    {{ ratio('premiums.n_openings_asking', 'premiums.n_openings') }} as share,
    {{ wilson('premiums.n_openings_asking', 'premiums.n_openings', 'low') }} as share_low,
    {{ wilson('premiums.n_openings_asking', 'premiums.n_openings', 'high') }} as share_high,
    premiums.n_half,
    premiums.n_half_asking,
    premiums.n_half_before,
    premiums.n_half_before_asking,
    premiums.growth as share_growth,
    premiums.growth_low as share_growth_low,
    premiums.growth_high as share_growth_high,
    {{ direction('premiums.growth_low', 'premiums.growth_high') }} as direction,
    premiums.growth_reason as share_growth_reason,
    premiums.n_paid_asking,
    premiums.n_paid_others,
    premiums.n_paid_employers,
    premiums.premium,
    premiums.premium_low,
    premiums.premium_high,
    premiums.p_value,
    premiums.q_value,
    premiums.verdict,
    case when premiums.verdict = 'too_few' then 'too_few' end as premium_reason,
    premiums.window_from,
    premiums.window_to,
    cast(0.95 as double precision) as interval_level,
    'skill-premium@1' as method
from premiums
left join {{ ref('dim_skills') }} as skill
    on premiums.skill_id = skill.skill_id
{{ joined_names('premiums') }}
