-- Openings that were seen to appear: what was open already when its source was first watched is stock, not flow, and
-- would make the first day look like a hiring boom.
select
    opening.opening_id,
    opening.opened_on,
    opening.representative_source as source,
    opening.country,
    lower(opening.country) as country_id,
    opening.region_id,
    opening.occupation_detailed,
    opening.occupation_major,
    opening.employer_key
from {{ ref('fct_openings') }} as opening
inner join {{ ref('int_sources__covered') }} as covered
    on
        opening.representative_source = covered.source
        and opening.country = covered.country
        and opening.opened_on > covered.watched_from
