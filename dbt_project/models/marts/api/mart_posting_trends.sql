with watched as (
    select
        country,
        max(country_watched_to) as last_day,
        {{ plus_days('max(country_watched_to)', 1 - var('trend_days')) }} as earliest_day
    from {{ ref('int_sources__covered') }}
    group by country
),

calendar as (
    select
        watched.country,
        watched.last_day,
        {{ plus_days('watched.earliest_day', 'day_numbers.day_number') }} as day
    from watched
    cross join {{ day_numbers(var('trend_days')) }} as day_numbers
),

-- A source can be seen to gain openings from the day after it was first watched.
watching as (
    select
        calendar.country,
        calendar.last_day,
        calendar.day,
        count(covered.source) as n_sources
    from calendar
    left join {{ ref('int_sources__covered') }} as covered
        on
            calendar.country = covered.country
            and calendar.day > covered.watched_from
            and calendar.day <= covered.watched_to
    group by calendar.country, calendar.last_day, calendar.day
),

-- The latest span without a day on which nobody looked: zeros inside it are zeros.
coverage as (
    select
        country,
        last_day,
        coalesce(
            {{ plus_days('max(case when n_sources = 0 then day end)', 1) }},
            min(day)
        ) as first_day
    from watching
    group by country, last_day
),

days as (
    select
        watching.country,
        watching.day,
        watching.n_sources,
        coverage.first_day,
        coverage.last_day as last_day
    from watching
    inner join coverage
        on watching.country = coverage.country and watching.day >= coverage.first_day
),

flowing as (
    select opening.*
    from {{ ref('int_openings__flowing') }} as opening
    inner join coverage
        on
            opening.country = coverage.country
            and opening.opened_on between coverage.first_day and coverage.last_day
),

counted as (
    select
        {{ listed(cell()) }},
        opened_on,
        count(*) as n_openings
    from ({{ in_markets('flowing', ['opened_on']) }}) as market
    group by {{ listed(cell()) }}, opened_on
),

cells as (
    select {{ listed(cell()) }}
    from counted
    group by {{ listed(cell()) }}
    having sum(n_openings) >= {{ var('trend_min_openings') }}
),

series as (
    select
        {{ selected(cell(), of='cells') }},
        days.day,
        days.first_day,
        days.last_day,
        days.n_sources,
        coalesce(counted.n_openings, 0) as n_openings,
        sum(coalesce(counted.n_openings, 0)) over (
            partition by {{ listed(cell(), of='cells') }}
            order by days.day
            rows between 6 preceding and current row
        ) as n_openings_7d,
        {{ plus_days('days.first_day', 6) }} as base_from,
        {{ plus_days('days.first_day', 33) }} as base_to
    from cells
    inner join days
        on cells.country = days.country
    left join counted
        on {{ same(cell(), 'cells', 'counted') }} and days.day = counted.opened_on
),

based as (
    select
        *,
        sum(case when day between base_from and base_to then n_openings_7d end) over (
            partition by {{ listed(cell()) }}
        ) as base_sum
    from series
)

select
    based.day,
    {{ named_cell('based') }},
    cast(based.n_openings as bigint) as n_openings,
    cast(based.n_sources as bigint) as n_sources,
    case when based.day >= based.base_from then {{ ratio('based.n_openings_7d', '7') }} end as mean_7d,
    case when based.day < based.base_from then 'short_window' end as mean_7d_reason,
    case
        when based.day >= based.base_from and based.last_day >= based.base_to
            then {{ ratio('2800 * based.n_openings_7d', 'based.base_sum') }}
    end as index_nsa,
    case
        when based.day < based.base_from or based.last_day < based.base_to then 'short_window'
        when based.base_sum = 0 then 'no_base'
    end as index_nsa_reason,
    based.base_from,
    based.base_to,
    'posting-index@1' as method
from based
{{ joined_names('based') }}
