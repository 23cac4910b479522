with skills as (
    select
        skill_id,
        row_number() over (order by skill_id) as skill_number
    from (select distinct skill_id from {{ ref('fct_posting_skills') }}) as named
),

asked as (
    select
        {% for occupation_level, place_level in markets() %}
            opening.cell_{{ occupation_level }}_{{ place_level }},
        {% endfor %}
        opening.employer_number,
        cast(skills.skill_number as integer) as skill_number,
        case when skill.requirement = 'required' then 1 else 0 end as is_required
    from {{ ref('int_openings__described') }} as opening
    inner join {{ ref('fct_posting_skills') }} as skill
        on opening.representative_posting_id = skill.posting_id
    inner join skills
        on skill.skill_id = skills.skill_id
),

cells as (
    {% for occupation_level, place_level in markets() %}
        {% set cell = 'cell_' ~ occupation_level ~ '_' ~ place_level %}
        select
            '{{ occupation_level }}' as occupation_level,
            '{{ place_level }}' as place_level,
            {{ cell }} as cell_number,
            max(period) as period,
            max({{ market_code(occupation_level) }}) as occupation_code,
            max({{ place_level }}_id) as place_id,
            max(country) as country,
            max(window_from) as window_from,
            max(window_to) as window_to,
            count(*) as n_openings
        from {{ ref('int_openings__described') }}
        where {{ cell }} is not null
        group by {{ cell }}
        having count(*) >= {{ var('skill_min_openings') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

counted as (
    {% for occupation_level, place_level in markets() %}
        {% set cell = 'cell_' ~ occupation_level ~ '_' ~ place_level %}
        select
            '{{ occupation_level }}' as occupation_level,
            '{{ place_level }}' as place_level,
            {{ cell }} as cell_number,
            skill_number,
            count(*) as n_openings_asking,
            sum(is_required) as n_openings_requiring,
            count(distinct employer_number) as n_employers
        from asked
        where {{ cell }} is not null
        group by {{ cell }}, skill_number
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

named as (
    select counted.*, skills.skill_id
    from counted
    inner join skills
        on counted.skill_number = skills.skill_number
),

judged as (
    select
        cells.*,
        counted.skill_id,
        counted.n_openings_asking,
        counted.n_openings_requiring,
        counted.n_employers,
        case when counted.n_employers < {{ var('min_employers') }} then 'too_few' end as reason
    from cells
    inner join named as counted
        on
            cells.occupation_level = counted.occupation_level
            and cells.place_level = counted.place_level
            and cells.cell_number = counted.cell_number
),

ranked as (
    select
        *,
        row_number() over (
            partition by period, {{ listed(cell()) }}, reason is null
            order by n_openings_asking desc, skill_id
        ) as place
    from judged
)

select
    ranked.period,
    {{ named_cell('ranked') }},
    ranked.skill_id as skill_id,
    coalesce(skill.skill_name, ranked.skill_id) as skill_name,
    skill.skill_kind,
    cast(ranked.n_openings as bigint) as n_openings,
    cast(ranked.n_openings_asking as bigint) as n_openings_asking,
    cast(ranked.n_openings_requiring as bigint) as n_openings_requiring,
    cast(ranked.n_employers as bigint) as n_employers,
    case when ranked.reason is null then {{ ratio('ranked.n_openings_asking', 'ranked.n_openings') }} end as share,
    case when ranked.reason is null then {{ wilson('ranked.n_openings_asking', 'ranked.n_openings', 'low') }} end as share_low,
    case when ranked.reason is null then {{ wilson('ranked.n_openings_asking', 'ranked.n_openings', 'high') }} end
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
{{ joined_names('ranked') }}
