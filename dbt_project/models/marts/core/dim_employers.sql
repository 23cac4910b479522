-- The name that most openings of the employer show; of equally frequent ones the first in order.
with names as (
    select
        employer_key,
        employer,
        count(*) as n_openings,
        row_number() over (partition by employer_key order by count(*) desc, employer) as place
    from {{ ref('fct_openings') }}
    where employer_key is not null
    group by employer_key, employer
)

select
    employer_key,
    max(case when place = 1 then employer end) as employer_name,
    count(*) as n_names,
    sum(n_openings) as n_openings
from names
group by employer_key
