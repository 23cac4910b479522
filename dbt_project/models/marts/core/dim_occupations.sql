with occupations as (
    select * from {{ ref('stg_reference__occupations') }}
),

-- The four levels are at most three steps apart.
lineage as (
    select
        own.occupation_code,
        own.occupation_title,
        own.occupation_level,
        own.parent_code,
        first.occupation_code as first_code,
        first.occupation_level as first_level,
        second.occupation_code as second_code,
        second.occupation_level as second_level,
        third.occupation_code as third_code,
        third.occupation_level as third_level
    from occupations as own
    left join occupations as first on own.parent_code = first.occupation_code
    left join occupations as second on first.parent_code = second.occupation_code
    left join occupations as third on second.parent_code = third.occupation_code
)

select
    occupation_code,
    occupation_title,
    occupation_level,
    parent_code,
    {% for level in ['broad', 'minor', 'major'] %}
        case '{{ level }}'
            when occupation_level then occupation_code
            when first_level then first_code
            when second_level then second_code
            when third_level then third_code
        end as occupation_{{ level }}{{ ',' if not loop.last }}
    {% endfor %}
from lineage
