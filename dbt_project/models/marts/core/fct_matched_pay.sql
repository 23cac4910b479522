{{ config(materialized='view') }}
-- Usable pay with how it was stated: an hourly wage and a yearly salary are not held against each other.
with observed as (
    select
        opening.opening_id as observation_id,
        'advertised' as basis,
        opening.opened_on as observed_on,
        opening.country,
        opening.region_id,
        opening.occupation_major,
        opening.occupation_detailed,
        opening.seniority,
        posting.pay_period,
        opening.employer_key,
        opening.pay_annual
    from {{ ref('fct_openings') }} as opening
    inner join {{ ref('fct_job_postings') }} as posting
        on opening.pay_posting_id = posting.posting_id
    union all
    select
        salary.observation_id,
        salary.basis,
        salary.observed_on,
        salary.country,
        salary.region_id,
        salary.occupation_major,
        case when salary.occupation_level = 'detailed' then salary.occupation_code end as occupation_detailed,
        salary.seniority,
        admitted.pay_period,
        salary.employer_key,
        salary.pay_annual
    from {{ ref('int_salaries__observed') }} as salary
    inner join {{ ref('int_salaries__admitted') }} as admitted
        on salary.observation_id = admitted.observation_id
    where not salary.confidential
)

select * from observed
where pay_annual is not null
