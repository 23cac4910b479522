-- Only what may move a figure: a source without that right is not counted either.
select
    posting.*,
    member.opening_id
from {{ ref('fct_job_postings') }} as posting
inner join {{ ref('dim_sources') }} as source
    on posting.source = source.source and source.in_figures
left join {{ ref('stg_openings__members') }} as member
    on posting.posting_id = member.posting_id
