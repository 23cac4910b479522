-- From when to when a source was watched, for each country in which it ever had an opening: days on which a capture came
-- back empty count, days on which nobody looked do not.
with watched as (
    select
        source,
        min(captured_on) as watched_from,
        max(captured_on) as watched_to
    from {{ ref('stg_store__partitions') }}
    where frame = 'postings'
    group by source
),

present as (
    select distinct
        source,
        country
    from {{ ref('int_postings__admitted') }}
    where country is not null
)

select
    present.country,
    present.source,
    watched.watched_from,
    watched.watched_to,
    max(watched.watched_to) over (partition by present.country) as country_watched_to,
    min(watched.watched_from) over (partition by present.country) as country_watched_from
from present
inner join watched
    on present.source = watched.source
