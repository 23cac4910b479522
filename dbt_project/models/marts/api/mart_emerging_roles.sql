select
    {{ named_cell('figures') }},
    figures.kind,
    figures.item_id,
    coalesce(item.occupation_title, skill.skill_name, figures.item_id) as item_name,
    figures.comparison,
    figures.n_openings,
    figures.n_openings_with,
    figures.n_openings_before,
    figures.n_openings_with_before,
    figures.n_employers,
    figures.share,
    figures.share_before,
    figures.growth,
    figures.growth_low,
    figures.growth_high,
    figures.p_value,
    figures.q_value,
    figures.threshold,
    figures.is_emerging,
    figures.window_from,
    figures.window_to,
    figures.before_from,
    figures.before_to,
    figures.interval_level,
    figures.method
from {{ ref('stg_estimates__emerging') }} as figures
left join {{ ref('dim_occupations') }} as item
    on figures.kind = 'role' and figures.item_id = item.occupation_code
left join {{ ref('dim_skills') }} as skill
    on figures.kind = 'skill' and figures.item_id = skill.skill_id
{{ joined_names('figures') }}
