-- An employer's openings in its country's trailing window, counted and described.
with openings as (
    select opening.*, country.window_from, country.last_captured_on as window_to
    from {{ ref('fct_openings') }} as opening
    inner join {{ ref('dim_countries') }} as country
        on
            opening.country = country.country
            and opening.opened_on between country.window_from and country.last_captured_on
    where opening.employer_key is not null
),

-- The value that most openings have; of equally frequent ones the first in order.
{% for trait in ['industry', 'company_size', 'occupation_detailed'] %}
    {{ trait }}_ranked as (
        select
            employer_key,
            country,
            {{ trait }},
            row_number() over (partition by employer_key, country order by count(*) desc, {{ trait }}) as place
        from openings
        where {{ trait }} is not null
        group by employer_key, country, {{ trait }}
    ),
{% endfor %}

counted as (
    select
        employer_key,
        country,
        max(window_from) as window_from,
        max(window_to) as window_to,
        max(currency) as currency,
        count(*) as n_openings,
        sum(n_postings) as n_postings,
        sum(case when remote_mode is not null then 1 else 0 end) as n_with_remote_mode,
        sum(case when remote_mode = 'remote' then 1 else 0 end) as n_remote,
        count(seniority) as n_with_seniority,
        sum(case when seniority in ('intern', 'entry') then 1 else 0 end) as n_entry,
        sum(case when seniority = 'mid' then 1 else 0 end) as n_mid,
        sum(case when seniority in ('senior', 'staff') then 1 else 0 end) as n_senior,
        sum(case when seniority in ('manager', 'director', 'vp', 'c_level') then 1 else 0 end) as n_leading,
        count(pay_annual) as n_pay_observations,
        {{ median('pay_annual') }} as pay_median,
        count(distinct region_id) as n_regions,
        count(distinct occupation_detailed) as n_occupations
    from openings
    group by employer_key, country
)

select
    counted.employer_key as employer_key,
    counted.country as country,
    counted.window_from,
    counted.window_to,
    counted.currency,
    counted.n_openings,
    counted.n_postings,
    counted.n_with_remote_mode,
    counted.n_remote,
    counted.n_with_seniority,
    counted.n_entry,
    counted.n_mid,
    counted.n_senior,
    counted.n_leading,
    counted.n_pay_observations,
    counted.pay_median,
    counted.n_regions,
    counted.n_occupations,
    industry.industry,
    company_size.company_size,
    occupation.occupation_detailed as top_occupation_code
from counted
{% for trait, alias in [('industry', 'industry'), ('company_size', 'company_size'), ('occupation_detailed', 'occupation')] %}
left join {{ trait }}_ranked as {{ alias }}
    on
        counted.employer_key = {{ alias }}.employer_key
        and counted.country = {{ alias }}.country
        and {{ alias }}.place = 1
{% endfor %}
