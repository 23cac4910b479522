-- One official statistic of an occupation in a country or metro area a year: of the first source by name, that with the
-- most employment. Classifications other than SOC 2018 are not compared: their codes do not all mean the same.
with coded as (
    select
        statistic.*,
        {{ part_of('occupation_code', ':', 2) }} as soc_code,
        case
            when area_kind = 'country' then lower(country)
            when area_kind = 'metro' then lower(country) || '/metro/' || area_code
        end as place_id
    from {{ ref('mart_wage_statistics') }} as statistic
    where
        occupation_code like 'soc2018:%'
        and area_kind in ('country', 'metro')
        and annual_median > 0
),

ranked as (
    select
        *,
        row_number() over (
            partition by soc_code, place_id, statistic_year
            order by source, coalesce(employment, 0) desc, statistic_id
        ) as place
    from coded
)

select
    source,
    statistic_year,
    soc_code,
    place_id,
    currency,
    employment,
    annual_p25,
    annual_median,
    annual_p75
from ranked
where place = 1
