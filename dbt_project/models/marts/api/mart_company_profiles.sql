with compared as (
    select
        employer.*,
        coalesce(growing.recent, 0) as recent,
        coalesce(growing.before, 0) as before
    from {{ ref('int_employers__described') }} as employer
    left join {{ ref('int_employers__growing') }} as growing
        on employer.employer_key = growing.employer_key and employer.country = growing.country
),

judged as (
    select
        compared.*,
        case
            when spans.n_panel_sources is null then 'short_window'
            when
                compared.recent < {{ var('growth_min_openings') }} or compared.before < {{ var('growth_min_openings') }}
                then 'too_few'
        end as growth_reason
    from compared
    left join (
        select country, count(*) as n_panel_sources
        from {{ ref('int_growth__windows') }}
        where comparison = '28_days' and in_panel
        group by country
    ) as spans
        on compared.country = spans.country
),

bounded as (
    select
        *,
        case when growth_reason is null then ln({{ ratio('recent', 'before') }}) end as log_change,
        case
            when growth_reason is null
                then 1.959964 * sqrt({{ ratio('1', 'recent') }} + {{ ratio('1', 'before') }})
        end as half_width
    from judged
)

select
    bounded.employer_key as employer_key,
    coalesce(employer.employer_name, bounded.employer_key) as employer_name,
    bounded.country as country,
    bounded.window_from,
    bounded.window_to,
    bounded.industry,
    bounded.company_size,
    bounded.top_occupation_code,
    occupation.occupation_title as top_occupation_title,
    cast(bounded.n_postings as bigint) as n_postings,
    cast(bounded.n_openings as bigint) as n_openings,
    cast(bounded.n_regions as bigint) as n_regions,
    cast(bounded.n_occupations as bigint) as n_occupations,
    cast(bounded.recent as bigint) as n_openings_28d,
    cast(bounded.before as bigint) as n_openings_28d_before,
    exp(bounded.log_change) - 1 as growth_28d,
    exp(bounded.log_change - bounded.half_width) - 1 as growth_28d_low,
    exp(bounded.log_change + bounded.half_width) - 1 as growth_28d_high,
    {{ direction('exp(bounded.log_change - bounded.half_width) - 1', 'exp(bounded.log_change + bounded.half_width) - 1') }} as direction,
    bounded.growth_reason as growth_28d_reason,
    cast(bounded.n_with_remote_mode as bigint) as n_with_remote_mode,
    {{ ratio('bounded.n_remote', 'bounded.n_openings') }} as share_remote,
    cast(bounded.n_with_seniority as bigint) as n_with_seniority,
    cast(bounded.n_entry as bigint) as n_entry,
    cast(bounded.n_mid as bigint) as n_mid,
    cast(bounded.n_senior as bigint) as n_senior,
    cast(bounded.n_leading as bigint) as n_leading,
    standing.top_occupations,
    standing.top_regions,
    standing.top_skills,
    bounded.currency,
    cast(bounded.n_pay_observations as bigint) as n_pay_observations,
    case
        when bounded.n_pay_observations >= {{ var('min_observations') }}
            then {{ rounded('bounded.pay_median', 2) }}
    end as pay_median,
    case
        when bounded.n_pay_observations = 0 then 'no_data'
        when bounded.n_pay_observations < {{ var('min_observations') }} then 'too_few'
    end as pay_median_reason,
    standing.n_compared as n_pay_compared,
    standing.pay_percentile,
    standing.pay_percentile_low,
    standing.pay_percentile_high,
    standing.pay_percentile_reason,
    coalesce(duration.n_openings, 0) as n_followed,
    duration.days_p50 as days_open_p50,
    duration.days_p50_low as days_open_p50_low,
    duration.days_p50_high as days_open_p50_high,
    case when duration.days_p50 is null then coalesce(duration.days_p50_reason, 'not_followed') end
        as days_open_p50_reason,
    -- No source gives these yet: a reason, not a zero.
    cast(null as double precision) as rating,
    'not_covered' as rating_reason,
    cast(null as bigint) as n_news,
    'not_covered' as news_reason,
    cast(0.95 as double precision) as interval_level,
    'company-profile@1' as method
from bounded
inner join {{ ref('stg_estimates__company_standings') }} as standing
    on bounded.employer_key = standing.employer_key and bounded.country = standing.country
left join {{ ref('stg_estimates__company_durations') }} as duration
    on bounded.employer_key = duration.employer_key and bounded.country = duration.country
left join {{ ref('dim_employers') }} as employer
    on bounded.employer_key = employer.employer_key
left join {{ ref('dim_occupations') }} as occupation
    on bounded.top_occupation_code = occupation.occupation_code
