with latest as (
    select
        statistic.*,
        row_number() over (
            partition by statistic.source, statistic.statistic_id
            order by statistic.captured_on desc, statistic.record_hash
        ) as place
    from {{ ref('stg_canonical__wage_statistics') }} as statistic
    inner join {{ ref('dim_sources') }} as source
        on statistic.source = source.source and source.in_figures
)

select
    source,
    statistic_id,
    captured_on,
    year as statistic_year,
    occupation_code,
    occupation_title,
    occupation_group,
    area_code,
    area_name,
    area_kind,
    country,
    currency,
    employment,
    annual_mean,
    annual_p10,
    annual_p25,
    annual_median,
    annual_p75,
    annual_p90,
    hourly_mean,
    hourly_p10,
    hourly_p25,
    hourly_median,
    hourly_p75,
    hourly_p90,
    withheld,
    -- The source's own marks say why single figures are null.
    case when annual_median is null and annual_mean is null and hourly_median is null and hourly_mean is null
        then 'withheld' end as reason
from latest
where place = 1
