{{ config(materialized='table') }}
-- Openings of the trailing window once for their occupation, once for its level and once for its employer; of these, the
-- cells with enough openings. "all" stands for every level or employer.
with openings as (
    select
        opening.opening_id,
        opening.country as country,
        opening.occupation_detailed as occupation_code,
        opening.seniority,
        opening.employer_key,
        opening.employer_or_source
    from {{ ref('fct_described_openings') }} as opening
    inner join {{ ref('dim_countries') }} as country
        on
            opening.country = country.country
            and opening.opened_on between country.window_from and country.last_captured_on
    where opening.occupation_detailed is not null
),

placed as (
    select *, 'all' as level_asked, 'all' as employer_asked from openings
    union all
    select *, seniority as level_asked, 'all' as employer_asked from openings where seniority is not null
    union all
    select *, 'all' as level_asked, employer_key as employer_asked from openings where employer_key is not null
),

enough as (
    select country, occupation_code, level_asked, employer_asked, count(*) as n_openings
    from placed
    group by country, occupation_code, level_asked, employer_asked
    having
        count(*) >= {{ var('interview_min_openings') }}
        and (employer_asked <> 'all' or count(distinct employer_or_source) >= {{ var('min_employers') }})
)

select
    placed.opening_id,
    placed.country as country,
    placed.occupation_code as occupation_code,
    placed.level_asked as seniority,
    placed.employer_asked as employer_key,
    placed.employer_or_source,
    enough.n_openings
from placed
inner join enough
    on
        placed.country = enough.country
        and placed.occupation_code = enough.occupation_code
        and placed.level_asked = enough.level_asked
        and placed.employer_asked = enough.employer_asked
