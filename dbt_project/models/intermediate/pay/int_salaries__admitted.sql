{{ config(materialized='table') }}
with latest as (
    select
        source,
        observation_id,
        max(captured_on) as last_captured_on
    from {{ ref('stg_normalised__salaries') }}
    group by source, observation_id
)

select
    salary.*,
    latest.last_captured_on,
    salary.source in (select known.source from {{ ref('dim_sources') }} as known where known.confidential) as confidential,
    -- An observation dated after it was captured, or before anyone collected any like it, is misdated.
    case
        when salary.observed_on between {{ day_of("'" ~ var('earliest_day') ~ "'") }} and latest.last_captured_on
            then salary.observed_on
        else latest.last_captured_on
    end as dated_on
from {{ ref('stg_normalised__salaries') }} as salary
inner join latest
    on
        salary.source = latest.source
        and salary.observation_id = latest.observation_id
        and salary.captured_on = latest.last_captured_on
where salary.source in (select known.source from {{ ref('dim_sources') }} as known where known.aggregates)
