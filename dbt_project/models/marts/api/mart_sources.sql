with written as (
    select
        source,
        min(captured_on) as first_captured_on,
        max(captured_on) as last_captured_on
    from {{ ref('stg_store__partitions') }}
    group by source
),

postings as (
    select source, count(*) as n_postings
    from {{ ref('int_postings__admitted') }}
    group by source
),

openings as (
    select representative_source as source, count(*) as n_openings
    from {{ ref('fct_openings') }}
    group by representative_source
),

salaries as (
    select source, count(*) as n_salaries
    from {{ ref('int_salaries__admitted') }}
    where not confidential
    group by source
),

statistics as (
    select
        source,
        count(*) as n_wage_statistics,
        min(captured_on) as first_captured_on,
        max(captured_on) as last_captured_on
    from {{ ref('mart_wage_statistics') }}
    group by source
)

select
    source.source as source,
    source.connector,
    source.aggregates,
    source.display,
    source.export,
    source.confidential,
    source.attribution,
    source.terms,
    source.in_figures,
    source.reason,
    coalesce(written.first_captured_on, statistics.first_captured_on) as first_captured_on,
    coalesce(written.last_captured_on, statistics.last_captured_on) as last_captured_on,
    -- Rows outside the figures are not even counted, nor are confidential ones.
    cast(case when source.in_figures then coalesce(postings.n_postings, 0) end as bigint) as n_postings,
    cast(case when source.in_figures then coalesce(openings.n_openings, 0) end as bigint) as n_openings,
    cast(case when source.in_figures then coalesce(salaries.n_salaries, 0) end as bigint) as n_salaries,
    cast(case when source.in_figures then coalesce(statistics.n_wage_statistics, 0) end as bigint) as n_wage_statistics
from {{ ref('dim_sources') }} as source
left join written on source.source = written.source
left join postings on source.source = postings.source
left join openings on source.source = openings.source
left join salaries on source.source = salaries.source
left join statistics on source.source = statistics.source
