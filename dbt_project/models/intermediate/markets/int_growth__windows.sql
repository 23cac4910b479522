-- For each country and comparison the two spans of 28 days to compare, and for each the sources that were watched
-- through both: only those are counted, so that a crawler that started, died or paused never looks like hiring.
with comparisons as (
    select 'year' as comparison, 365 as days_before
    union all
    select '28_days' as comparison, 28 as days_before
),

alive as (
    select
        country,
        source,
        watched_from,
        min(watched_to) over (partition by country) as window_to
    from {{ ref('int_sources__covered') }}
    where watched_to >= {{ plus_days('country_watched_to', -var('alive_days')) }}
),

spans as (
    select
        alive.country,
        alive.source,
        alive.watched_from,
        comparisons.comparison,
        alive.window_to,
        {{ plus_days('alive.window_to', -27) }} as window_from,
        {{ plus_days('alive.window_to', '-comparisons.days_before') }} as before_to,
        {{ plus_days('alive.window_to', '-27 - comparisons.days_before') }} as before_from
    from alive
    cross join comparisons
),

interrupted as (
    select distinct
        spans.country,
        spans.source,
        spans.comparison
    from spans
    inner join {{ ref('int_sources__interrupted') }} as gap
        on spans.source = gap.source
    where
        (gap.gap_after < spans.window_to and gap.gap_until > spans.window_from)
        or (gap.gap_after < spans.before_to and gap.gap_until > spans.before_from)
)

select
    spans.*,
    spans.watched_from < spans.before_from and interrupted.source is null as in_panel
from spans
left join interrupted
    on
        spans.country = interrupted.country
        and spans.source = interrupted.source
        and spans.comparison = interrupted.comparison
