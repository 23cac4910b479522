{{ config(materialized='table') }}
select
    salary.observation_id,
    salary.basis,
    salary.dated_on as observed_on,
    salary.occupation_code as occupation_code,
    salary.occupation_level as occupation_level,
    occupation.occupation_broad,
    occupation.occupation_minor,
    occupation.occupation_major,
    salary.place_id,
    salary.place_level,
    {{ region_of('salary.place_id', 'salary.place_level') }} as region_id,
    salary.metro,
    salary.country,
    salary.seniority,
    salary.experience_years,
    salary.company_size,
    salary.industry,
    salary.employer_key,
    salary.confidential as confidential,
    case when source.contributors = 'individuals' then salary.observation_id end as contributor_id,
    pay.pay_annual,
    pay.pay_annual_min as pay_annual_min,
    pay.pay_annual_max as pay_annual_max,
    pay.pay_annual_usd,
    salary.source as sources,
    pay.country_currency as currency,
    pay.pay_unusable_reason
from {{ ref('int_salaries__admitted') }} as salary
inner join {{ ref('int_pay__annualised') }} as pay
    on salary.observation_id = pay.row_id and pay.kind_of_row = 'salary'
inner join {{ ref('dim_sources') }} as source
    on salary.source = source.source
left join {{ ref('dim_occupations') }} as occupation
    on salary.occupation_code = occupation.occupation_code
