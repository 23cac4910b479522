-- Only what may move a figure: a source without that right is not counted either.
select posting.*
from {{ ref('fct_job_postings') }} as posting
inner join {{ ref('dim_sources') }} as source
    on posting.source = source.source and source.in_figures
