with written as (
    select distinct source from {{ ref('stg_store__partitions') }}
),

named as (
    select source from {{ ref('stg_reference__sources') }}
    union
    select source from written
)

select
    named.source,
    source.connector,
    coalesce(source.aggregates, false) as aggregates,
    coalesce(source.display, false) as display,
    coalesce(source.export, false) as export,
    coalesce(source.confidential, false) as confidential,
    coalesce(source.contributors, 'employers') as contributors,
    source.attribution,
    source.terms,
    coalesce(source.aggregates and not source.confidential, false) as in_figures,
    case
        when source.source is null then 'no_rights'
        when not source.aggregates then 'no_aggregates'
        when source.confidential then 'confidential'
    end as reason
from named
left join {{ ref('stg_reference__sources') }} as source
    on named.source = source.source
