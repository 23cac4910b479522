{% set market = ['period', 'occupation_level', 'occupation_code', 'place_level', 'place_id', 'country'] %}
with cells as (
    select
        {{ market | join(', ') }},
        window_from,
        window_to,
        count(*) as n_openings
    from ({{ in_markets(ref('int_openings__described'), ['period', 'window_from', 'window_to']) }}) as market
    group by {{ market | join(', ') }}, window_from, window_to
    having count(*) >= {{ var('skill_min_openings') }}
),

asked as (
    select
        opening.*,
        skill.skill_id,
        case when skill.requirement = 'required' then 1 else 0 end as is_required
    from {{ ref('int_openings__described') }} as opening
    inner join {{ ref('fct_posting_skills') }} as skill
        on opening.representative_posting_id = skill.posting_id
),

counted as (
    select
        {{ market | join(', ') }},
        skill_id,
        count(*) as n_openings_asking,
        sum(is_required) as n_openings_requiring,
        count(distinct employer_number) as n_employers
    from ({{ in_markets('asked', ['period', 'skill_id', 'is_required', 'employer_number']) }}) as market
    group by {{ market | join(', ') }}, skill_id
),

judged as (
    select
        counted.*,
        cells.n_openings,
        cells.window_from,
        cells.window_to,
        case when counted.n_employers < {{ var('min_employers') }} then 'too_few' end as reason
    from counted
    inner join cells
        on {% for column in market %}counted.{{ column }} = cells.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ market | join(', ') }}, reason is null
            order by n_openings_asking desc, skill_id
        ) as place
    from judged
)

select
    {% for column in market[:3] %}ranked.{{ column }}, {% endfor %}
    {{ occupation_title_of('ranked', 'occupation') }} as occupation_title,
    ranked.place_level,
    ranked.place_id,
    coalesce(place.place_name, ranked.place_id) as place_name,
    ranked.country,
    ranked.skill_id,
    coalesce(skill.skill_name, ranked.skill_id) as skill_name,
    skill.skill_kind,
    cast(ranked.n_openings as bigint) as n_openings,
    cast(ranked.n_openings_asking as bigint) as n_openings_asking,
    cast(ranked.n_openings_requiring as bigint) as n_openings_requiring,
    cast(ranked.n_employers as bigint) as n_employers,
    case when ranked.reason is null then {{ ratio('ranked.n_openings_asking', 'ranked.n_openings') }} end as share,
    case when ranked.reason is null then {{ wilson('ranked.n_openings_asking', 'ranked.n_openings', '-') }} end as share_low,
    case when ranked.reason is null then {{ wilson('ranked.n_openings_asking', 'ranked.n_openings', '+') }} end
        as share_high,
    case when ranked.reason is null then {{ ratio('ranked.n_openings_requiring', 'ranked.n_openings') }} end
        as share_required,
    cast(case when ranked.reason is null then ranked.place end as bigint) as skill_rank,
    ranked.reason,
    ranked.window_from,
    ranked.window_to,
    cast(0.95 as double precision) as interval_level,
    'skill-demand@1' as method
from ranked
left join {{ ref('dim_skills') }} as skill
    on ranked.skill_id = skill.skill_id
left join {{ ref('dim_occupations') }} as occupation
    on ranked.occupation_code = occupation.occupation_code
left join {{ ref('dim_places') }} as place
    on ranked.place_id = place.place_id
