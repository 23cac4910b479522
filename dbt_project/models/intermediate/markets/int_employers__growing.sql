-- How many of an employer's openings appeared in either window of the 28-day comparison, in the sources watched through
-- both. One employer's openings are taken as independent of each other.
select
    opening.employer_key,
    opening.country,
    sum(case when opening.opened_on >= span.window_from then 1 else 0 end) as recent,
    sum(case when opening.opened_on < span.window_from then 1 else 0 end) as before
from {{ ref('int_openings__flowing') }} as opening
inner join {{ ref('int_growth__windows') }} as span
    on
        opening.country = span.country
        and opening.source = span.source
        and span.comparison = '28_days'
        and span.in_panel
        and opening.opened_on between span.before_from and span.window_to
where opening.employer_key is not null
group by opening.employer_key, opening.country
