{% set cell = ['country', 'occupation_code', 'seniority', 'employer_key'] %}
with counted as (
    select
        {{ listed(cell, of='cell') }},
        asked.topic_kind,
        asked.topic,
        max(cell.n_openings) as n_openings,
        count(*) as n_openings_asking,
        sum(asked.is_required) as n_openings_requiring,
        sum(asked.is_preferred) as n_openings_preferring,
        count(distinct cell.employer_or_source) as n_employers,
        {{ joined('asked.source') }} as sources
    from {{ ref('int_interviews__cells') }} as cell
    inner join {{ ref('int_interviews__asked') }} as asked
        on cell.opening_id = asked.opening_id
    group by {{ listed(cell, of='cell') }}, asked.topic_kind, asked.topic
),

ranked as (
    select
        *,
        row_number() over (
            partition by {{ listed(cell) }}
            order by n_openings_asking desc, topic_kind, topic
        ) as place
    from counted
    where
        n_openings_asking >= {{ var('interview_min_asking') }}
        and n_openings_asking * {{ var('interview_one_in') }} >= n_openings
        and (employer_key <> 'all' or n_employers >= {{ var('min_employers') }})
)

select
    ranked.country,
    lower(ranked.country) as place_id,
    ranked.occupation_code as occupation_code,
    coalesce(occupation.occupation_title, ranked.occupation_code) as occupation_title,
    ranked.seniority,
    ranked.employer_key as employer_key,
    case when ranked.employer_key = 'all' then 'All employers' else coalesce(employer.employer_name, ranked.employer_key) end
        as employer_name,
    ranked.topic_kind,
    ranked.topic,
    case
        when ranked.topic_kind = 'experience' then ranked.topic || ' years of experience'
        else coalesce(skill.skill_name, ranked.topic)
    end as topic_name,
    cast(ranked.place as bigint) as topic_rank,
    cast(ranked.n_openings as bigint) as n_openings,
    cast(ranked.n_openings_asking as bigint) as n_openings_asking,
    cast(ranked.n_openings_requiring as bigint) as n_openings_requiring,
    cast(ranked.n_openings_preferring as bigint) as n_openings_preferring,
    cast(ranked.n_employers as bigint) as n_employers,
    {{ ratio('ranked.n_openings_asking', 'ranked.n_openings') }} as share,
    {{ wilson('ranked.n_openings_asking', 'ranked.n_openings', 'low') }} as share_low,
    {{ wilson('ranked.n_openings_asking', 'ranked.n_openings', 'high') }} as share_high,
    ranked.sources,
    cast(0.95 as double precision) as interval_level,
    'interview-topic@1' as method
from ranked
left join {{ ref('dim_skills') }} as skill
    on ranked.topic = skill.skill_id and ranked.topic_kind <> 'experience'
left join {{ ref('dim_occupations') }} as occupation
    on ranked.occupation_code = occupation.occupation_code
left join {{ ref('dim_employers') }} as employer
    on ranked.employer_key = employer.employer_key
where ranked.place <= {{ var('interview_topics') }}
