with windows as (
    select
        comparison,
        country,
        window_from,
        window_to,
        before_from,
        before_to,
        sum(case when in_panel then 1 else 0 end) as n_panel_sources
    from {{ ref('int_growth__windows') }}
    group by comparison, country, window_from, window_to, before_from, before_to
),

-- Every market with an opening in the last year has a row, with growth or with the reason why there is none.
known as (
    select
        opening.country,
        lower(opening.country) as country_id,
        opening.region_id,
        opening.occupation_major,
        opening.occupation_detailed
    from {{ ref('fct_openings') }} as opening
    inner join {{ ref('dim_countries') }} as country
        on opening.country = country.country and opening.opened_on >= country.window_from
),

cells as (
    select distinct {{ listed(cell()) }}
    from ({{ in_markets('known', ['1 as n']) }}) as market
),

counted as (
    select
        span.comparison,
        opening.country,
        opening.country_id,
        opening.region_id,
        opening.occupation_major,
        opening.occupation_detailed,
        coalesce(opening.employer_key, cast(opening.opening_id as text)) as employer,
        case when opening.opened_on >= span.window_from then 1 else 0 end as is_recent
    from {{ ref('int_openings__flowing') }} as opening
    inner join {{ ref('int_growth__windows') }} as span
        on
            opening.country = span.country
            and opening.source = span.source
            and span.in_panel
            and (
                opening.opened_on between span.window_from and span.window_to
                or opening.opened_on between span.before_from and span.before_to
            )
),

by_employer as (
    select
        comparison,
        {{ listed(cell()) }},
        employer,
        sum(is_recent) as recent,
        sum(1 - is_recent) as before
    from ({{ in_markets('counted', ['comparison', 'employer', 'is_recent']) }}) as market
    group by comparison, {{ listed(cell()) }}, employer
),

sums as (
    select
        comparison,
        {{ listed(cell()) }},
        count(*) as n_employers,
        sum(recent) as recent,
        sum(before) as before,
        sum(recent * recent) as recent_squares,
        sum(before * before) as before_squares,
        sum(recent * before) as products
    from by_employer
    group by comparison, {{ listed(cell()) }}
),

judged as (
    select
        windows.comparison as comparison,
        {{ selected(cell(), of='cells') }},
        windows.window_from,
        windows.window_to,
        windows.before_from,
        windows.before_to,
        windows.n_panel_sources,
        coalesce(sums.recent, 0) as recent,
        coalesce(sums.before, 0) as before,
        coalesce(sums.n_employers, 0) as n_employers,
        case
            when windows.n_panel_sources = 0 then 'short_window'
            when
                sums.recent is null
                or sums.recent < {{ var('growth_min_openings') }}
                or sums.before < {{ var('growth_min_openings') }}
                or sums.n_employers < {{ var('min_employers') }}
                then 'too_few'
        end as reason,
        {{ growth_variance('sums.recent', 'sums.before', 'sums.recent_squares', 'sums.before_squares', 'sums.products') }}
            as variance
    from cells
    inner join windows
        on cells.country = windows.country
    left join sums
        on windows.comparison = sums.comparison and {{ same(cell(), 'cells', 'sums') }}
),

bounded as (
    select
        *,
        case when reason is null then ln({{ ratio('recent', 'before') }}) end as log_change,
        case when reason is null then 1.959964 * sqrt(greatest(variance, 0)) end as half_width
    from judged
),

figures as (
    select
        *,
        exp(log_change) - 1 as growth,
        exp(log_change - half_width) - 1 as growth_low,
        exp(log_change + half_width) - 1 as growth_high
    from bounded
)

select
    figures.comparison as comparison,
    {{ named_cell('figures') }},
    cast(figures.recent as bigint) as n_openings,
    cast(figures.before as bigint) as n_openings_before,
    cast(figures.n_employers as bigint) as n_employers,
    cast(figures.n_panel_sources as bigint) as n_panel_sources,
    figures.window_from,
    figures.window_to,
    figures.before_from,
    figures.before_to,
    figures.growth,
    figures.growth_low,
    figures.growth_high,
    cast(0.95 as double precision) as interval_level,
    {{ direction('figures.growth_low', 'figures.growth_high') }} as direction,
    figures.reason,
    'panel-growth@1' as method
from figures
{{ joined_names('figures') }}
