with official as (
    select
        own.*,
        whole.annual_median as all_annual_median
    from {{ ref('int_statistics__chosen') }} as own
    left join {{ ref('int_statistics__chosen') }} as whole
        on
            whole.soc_code = '00-0000'
            and own.place_id = whole.place_id
            and own.statistic_year = whole.statistic_year
            and own.currency = whole.currency
),

paired as (
    select
        cell.*,
        official.source as official_source,
        official.statistic_year as official_year,
        official.employment as official_employment,
        official.annual_p25 as official_p25,
        official.annual_median as official_p50,
        official.annual_p75 as official_p75,
        official.all_annual_median as official_all_p50,
        -- The newest statistic that is not newer than the window; where all are, the oldest.
        row_number() over (
            partition by cell.period, cell.basis, cell.occupation_code, cell.place_id
            order by
                case when official.statistic_year <= extract(year from cell.window_to) then 0 else 1 end,
                abs(official.statistic_year - extract(year from cell.window_to)),
                official.source
        ) as place
    from {{ ref('stg_estimates__pay_cells') }} as cell
    inner join official
        on
            cell.occupation_code = official.soc_code
            and cell.place_id = official.place_id
            and cell.currency = official.currency
    -- What a parent says of a cell with confidential pay is no figure of that occupation and place.
    where
        cell.dimension = 'all'
        and cell.place_level in ('country', 'metro')
        and coalesce(cell.level, '') <> 'parent'
)

select
    pair.period,
    pair.basis,
    {{ named_cell('pair') }},
    pair.currency,
    pair.window_from,
    pair.window_to,
    pair.n_observations,
    pair.n_employers,
    pair.n_effective,
    pair.sources,
    pair.method,
    pair.level,
    pair.interval_level,
    pair.p50,
    pair.p50_low,
    pair.p50_high,
    pair.official_source,
    pair.official_year,
    pair.official_employment,
    pair.official_p25,
    pair.official_p50,
    pair.official_p75,
    case
        when pair.official_p50 < 0.75 * pair.official_all_p50 then 'low'
        when pair.official_p50 > 1.5 * pair.official_all_p50 then 'high'
        when pair.official_all_p50 is not null then 'middle'
    end as wage_band,
    {{ ratio('pair.p50', 'pair.official_p50') }} - 1 as difference,
    {{ ratio('pair.p50_low', 'pair.official_p50') }} - 1 as difference_low,
    {{ ratio('pair.p50_high', 'pair.official_p50') }} - 1 as difference_high,
    coalesce(pair.reason, pair.p50_reason) as reason,
    case
        when pair.basis = 'advertised' then 'advertised pay of openings is not the pay of those employed'
        else 'a sample of ' || pair.basis || ' pay is not a census of those employed'
    end
    || case
        when pair.official_year <> extract(year from pair.window_to)
            then '; the years differ, neither figure is adjusted' else ''
    end as note
from paired as pair
{{ joined_names('pair') }}
where pair.place = 1
