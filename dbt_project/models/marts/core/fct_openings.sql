select
    opening.opening_id,
    opening.representative_posting_id,
    opening.n_postings,
    opening.n_sources,
    opening.sources,
    opening.first_captured_on,
    opening.last_captured_on,
    posting.source as representative_source,
    posting.opened_on,
    posting.title,
    posting.occupation_code,
    posting.occupation_level,
    case when posting.occupation_level = 'detailed' then posting.occupation_code end as occupation_detailed,
    occupation.occupation_broad,
    occupation.occupation_minor,
    occupation.occupation_major,
    posting.seniority,
    posting.place_id,
    posting.place_level,
    {{ region_of('posting.place_id', 'posting.place_level') }} as region_id,
    posting.metro,
    posting.country,
    posting.employer,
    posting.employer_key,
    posting.industry,
    posting.company_size,
    posting.employment_type,
    posting.remote_mode,
    posting.experience_min_years,
    coalesce(posting.text_length, 0) > 0 as has_text,
    pay.country_currency as currency,
    pay.pay_annual,
    pay.pay_unusable_reason
from {{ ref('int_openings__represented') }} as opening
inner join {{ ref('fct_job_postings') }} as posting
    on opening.representative_posting_id = posting.posting_id
inner join {{ ref('int_pay__annualised') }} as pay
    on opening.pay_posting_id = pay.row_id and pay.kind_of_row = 'posting'
left join {{ ref('dim_occupations') }} as occupation
    on posting.occupation_code = occupation.occupation_code
