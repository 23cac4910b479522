with ranked as (
    select
        *,
        row_number() over (
            partition by country, is_hot
            order by growth_low desc, employer_key
        ) as place
    from {{ ref('stg_estimates__company_growth') }}
)

select
    ranked.employer_key as employer_key,
    coalesce(employer.employer_name, ranked.employer_key) as employer_name,
    ranked.country,
    ranked.is_hot,
    cast(case when ranked.is_hot then ranked.place end as bigint) as hot_rank,
    case when not ranked.is_hot then 'no_evidence' end as hot_reason,
    ranked.n_recent as n_openings,
    ranked.n_before as n_openings_before,
    ranked.growth,
    ranked.growth_low,
    ranked.growth_high,
    ranked.market_growth,
    ranked.p_value,
    ranked.q_value,
    ranked.window_from,
    ranked.window_to,
    ranked.before_from,
    ranked.before_to,
    cast(0.95 as double precision) as interval_level,
    'hot-company@1' as method
from ranked
left join {{ ref('dim_employers') }} as employer
    on ranked.employer_key = employer.employer_key
