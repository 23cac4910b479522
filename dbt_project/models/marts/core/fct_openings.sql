{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook=["{{ list_changed_openings() }}", "{{ forget_changed_openings() }}"],
        post_hook=["{{ forget_built() }}", "{{ remember_built(['postings']) }}"],
    )
}}
-- depends_on: {{ ref('stg_store__partitions') }}, {{ ref('stg_normalised__postings') }}, {{ ref('stg_openings__members') }}
-- One posting speaks for its opening: the earliest, of those the one with the smallest id. Its pay is the first that a
-- posting of the opening in the same country states in usable form.
with members as (
    select
        *,
        row_number() over (
            partition by opening_id
            order by opened_on, posting_id
        ) as place,
        row_number() over (
            partition by opening_id, country
            order by case when pay_annual is null then 1 else 0 end, opened_on, posting_id
        ) as pay_place
    from {{ ref('int_openings__members') }}
    {% if is_incremental() %}
        where opening_id in (select opening_id from {{ scratch('changed_openings') }})
    {% endif %}
),

openings as (
    select
        opening_id,
        count(*) as n_postings,
        count(distinct source) as n_sources,
        {{ joined('source') }} as sources,
        min(first_captured_on) as first_captured_on,
        max(last_captured_on) as last_captured_on,
        bit_xor(member_hash) as members_hash
    from members
    group by opening_id
)

select
    opening.opening_id as opening_id,
    posting.posting_id as representative_posting_id,
    paid.posting_id as pay_posting_id,
    opening.n_postings,
    opening.n_sources,
    opening.sources,
    opening.first_captured_on as first_captured_on,
    opening.last_captured_on as last_captured_on,
    posting.source as representative_source,
    posting.opened_on as opened_on,
    posting.title as title,
    posting.occupation_code as occupation_code,
    posting.occupation_level as occupation_level,
    case when posting.occupation_level = 'detailed' then posting.occupation_code end as occupation_detailed,
    occupation.occupation_broad,
    occupation.occupation_minor,
    occupation.occupation_major,
    posting.seniority,
    posting.place_id as place_id,
    posting.place_level as place_level,
    {{ region_of('posting.place_id', 'posting.place_level') }} as region_id,
    posting.metro as metro,
    posting.country as country,
    posting.employer as employer,
    posting.employer_key,
    posting.industry,
    posting.company_size,
    posting.employment_type,
    posting.remote_mode,
    posting.experience_min_years,
    coalesce(posting.text_length, 0) > 0 as has_text,
    paid.country_currency as currency,
    paid.pay_annual as pay_annual,
    paid.pay_annual_min as pay_annual_min,
    paid.pay_annual_max as pay_annual_max,
    paid.pay_annual_usd as pay_annual_usd,
    paid.pay_unusable_reason as pay_unusable_reason,
    opening.members_hash as members_hash
from openings as opening
inner join members as first
    on opening.opening_id = first.opening_id and first.place = 1
inner join members as paid
    on
        opening.opening_id = paid.opening_id
        and paid.pay_place = 1
        and (paid.country = first.country or (paid.country is null and first.country is null))
inner join {{ ref('fct_job_postings') }} as posting
    on first.posting_id = posting.posting_id
left join {{ ref('dim_occupations') }} as occupation
    on posting.occupation_code = occupation.occupation_code
