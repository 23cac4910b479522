{{ config(materialized='view') }}
{% set shared = [
    'occupation_code', 'occupation_level', 'occupation_broad', 'occupation_minor', 'occupation_major',
    'place_id', 'place_level', 'region_id', 'metro', 'country', 'seniority',
] %}
{% set rest = [
    'company_size', 'industry', 'employer_key', 'pay_annual', 'pay_annual_min', 'pay_annual_max', 'pay_annual_usd',
    'sources', 'currency', 'pay_unusable_reason',
] %}

select
    opening_id as observation_id,
    'advertised' as basis,
    opened_on as observed_on,
    {{ listed(shared) }},
    experience_min_years as experience_years,
    cast(null as bigint) as contributor_id,
    {{ listed(rest) }}
from {{ ref('fct_openings') }}
union all
select
    observation_id,
    basis,
    observed_on,
    {{ listed(shared) }},
    experience_years,
    contributor_id,
    {{ listed(rest) }}
from {{ ref('int_salaries__observed') }}
where not confidential
