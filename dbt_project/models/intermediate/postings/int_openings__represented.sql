-- One posting speaks for its opening: the earliest, of those the one with the smallest id. Its pay is the first that a
-- posting of the opening in the same country states in usable form.
with members as (
    select
        posting.opening_id,
        posting.posting_id,
        posting.opened_on,
        posting.source,
        posting.first_captured_on,
        posting.last_captured_on,
        posting.country,
        pay.pay_annual,
        row_number() over (
            partition by posting.opening_id
            order by posting.opened_on, posting.posting_id
        ) as place,
        row_number() over (
            partition by posting.opening_id, posting.country
            order by case when pay.pay_annual is null then 1 else 0 end, posting.opened_on, posting.posting_id
        ) as pay_place
    from {{ ref('int_postings__admitted') }} as posting
    inner join {{ ref('int_pay__annualised') }} as pay
        on posting.posting_id = pay.row_id and pay.kind_of_row = 'posting'
),

openings as (
    select
        opening_id,
        count(*) as n_postings,
        count(distinct source) as n_sources,
        {{ joined('source') }} as sources,
        min(first_captured_on) as first_captured_on,
        max(last_captured_on) as last_captured_on
    from members
    group by opening_id
)

select
    openings.opening_id,
    first.posting_id as representative_posting_id,
    paid.posting_id as pay_posting_id,
    openings.n_postings,
    openings.n_sources,
    openings.sources,
    openings.first_captured_on,
    openings.last_captured_on
from openings
inner join members as first
    on openings.opening_id = first.opening_id and first.place = 1
inner join members as paid
    on
        openings.opening_id = paid.opening_id
        and paid.pay_place = 1
        and (paid.country = first.country or (paid.country is null and first.country is null))
