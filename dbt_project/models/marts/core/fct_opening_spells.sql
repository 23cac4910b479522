{{ config(materialized='view') }}
-- Every posting of an opening, in sources that may move a figure, with the span over which it was seen.
select
    member.opening_id as opening_id,
    posting.posting_id as posting_id,
    posting.source,
    posting.opened_on as opened_on,
    posting.first_captured_on as first_captured_on,
    posting.last_captured_on as last_captured_on,
    posting.closes_on,
    cast(posting.text_length as bigint) as text_length,
    opening.employer_key as employer_key,
    opening.company_size as company_size,
    opening.country as country,
    opening.region_id,
    opening.occupation_major,
    opening.occupation_detailed
from {{ ref('int_postings__admitted') }} as posting
inner join {{ ref('stg_openings__members') }} as member
    on posting.posting_id = member.posting_id
inner join {{ ref('fct_openings') }} as opening
    on member.opening_id = opening.opening_id
