{{ config(materialized='view') }}
-- Those with a text, and all of a source that lists skills instead. Of the others a skill is known only where the title
-- names it: counting them would make such skills look asked for everywhere.
with skilled as (
    select distinct posting_id from {{ ref('fct_posting_skills') }}
),

-- A source lists skills when most of its openings without a text have some.
listing as (
    select opening.representative_source as source
    from {{ ref('fct_openings') }} as opening
    left join skilled
        on opening.representative_posting_id = skilled.posting_id
    where not opening.has_text
    group by opening.representative_source
    having 2 * count(skilled.posting_id) > count(*)
)

select
    opening.*,
    -- Unknown employers are one for each source, as in the quality rule.
    coalesce(opening.employer_key, '?' || opening.representative_source) as employer_or_source
from {{ ref('fct_openings') }} as opening
left join listing
    on opening.representative_source = listing.source
where opening.has_text or listing.source is not null
