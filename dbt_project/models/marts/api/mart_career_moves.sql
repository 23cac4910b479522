select
    move.country,
    lower(move.country) as place_id,
    move.from_code as occupation_code,
    coalesce(occupation.occupation_title, move.from_code) as occupation_title,
    move.from_seniority as seniority,
    move.to_code as to_occupation_code,
    coalesce(target.occupation_title, move.to_code) as to_occupation_title,
    move.to_seniority,
    move.move,
    case when move.from_seniority = 'all' then 'similar' else 'next_level' end as evidence,
    move.place as related_place,
    move.closeness,
    -- Postings show no one who moves: flows need a source of careers.
    cast(null as bigint) as n_observed,
    'not_covered' as observed_reason,
    move.n_openings_from as n_openings,
    move.n_openings_to as to_n_openings,
    move.skill_overlap,
    move.missing_skills,
    move.skill_reason,
    move.n_paid_from as n_paid,
    move.n_paid_to as to_n_paid,
    move.pay_change,
    move.pay_change_low,
    move.pay_change_high,
    move.pay_reason,
    move.window_from,
    move.window_to,
    cast(0.95 as double precision) as interval_level,
    'career-move@1' as method
from {{ ref('stg_estimates__career_moves') }} as move
left join {{ ref('dim_occupations') }} as occupation
    on move.from_code = occupation.occupation_code
left join {{ ref('dim_occupations') }} as target
    on move.to_code = target.occupation_code
