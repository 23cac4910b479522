{{ config(materialized='view') }}
-- The one way of confidential rows into figures: the estimate of pay cells reads them, and nothing else does.
select
    observation_id,
    basis,
    observed_on,
    occupation_code,
    occupation_level,
    occupation_broad,
    occupation_minor,
    occupation_major,
    place_id,
    place_level,
    region_id,
    metro,
    country,
    seniority,
    experience_years,
    company_size,
    industry,
    employer_key,
    contributor_id,
    pay_annual,
    pay_annual_min,
    pay_annual_max,
    pay_annual_usd,
    sources
from {{ ref('int_salaries__observed') }}
where confidential and pay_annual is not null
