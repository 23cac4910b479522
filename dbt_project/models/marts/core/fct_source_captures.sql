with counted as (
    select
        source,
        captured_on,
        count(*) as n_postings
    from {{ ref('stg_normalised__postings') }}
    group by source, captured_on
)

select
    written.source,
    written.captured_on,
    cast(coalesce(counted.n_postings, 0) as bigint) as n_postings
from {{ ref('stg_store__partitions') }} as written
left join counted
    on written.source = counted.source and written.captured_on = counted.captured_on
where written.frame = 'postings'
