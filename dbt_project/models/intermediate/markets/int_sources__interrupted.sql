-- Gaps between captures that are longer than a source is usually left alone: what was posted in them was not seen whole.
-- A capture that came back empty is no look.
with looks as (
    select
        source,
        captured_on as gap_after,
        lead(captured_on) over (partition by source order by captured_on) as gap_until
    from {{ ref('fct_source_captures') }}
    where n_postings > 0
),

gaps as (
    select
        source,
        gap_after,
        gap_until,
        {{ days_between('gap_after', 'gap_until') }} as gap_days
    from looks
    where gap_until > gap_after
),

usual as (
    select
        source,
        {{ median('gap_days') }} as usual_days
    from gaps
    group by source
)

select
    gaps.source,
    gaps.gap_after,
    gaps.gap_until
from gaps
inner join usual
    on gaps.source = usual.source
where gaps.gap_days > {{ var('alive_days') }} and 2 * gaps.gap_days > 3 * usual.usual_days
