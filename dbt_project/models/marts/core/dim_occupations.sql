-- A taxonomy may name a parent that it does not list (O*NET lists no group of one occupation): it is a group without a
-- title, so that what is known only that finely has its place.
with listed as (
    select occupation_code, occupation_title, occupation_level, parent_code
    from {{ ref('stg_reference__occupations') }}
),

occupations as (
    select occupation_code, occupation_title, occupation_level, parent_code from listed
    union all
    select distinct
        child.parent_code as occupation_code,
        cast(null as text) as occupation_title,
        case child.occupation_level when 'detailed' then 'broad' when 'broad' then 'minor' else 'major' end
            as occupation_level,
        cast(null as text) as parent_code
    from listed as child
    left join listed as parent
        on child.parent_code = parent.occupation_code
    where child.parent_code is not null and parent.occupation_code is null
)

-- The first six, four and two characters of a SOC code name its broad, minor and major group, whatever zeros follow.
select
    own.occupation_code as occupation_code,
    own.occupation_title as occupation_title,
    own.occupation_level as occupation_level,
    own.parent_code as parent_code,
    case when own.occupation_level in ('detailed', 'broad') then broad.occupation_code end as occupation_broad,
    case when own.occupation_level <> 'major' then minor.occupation_code end as occupation_minor,
    major.occupation_code as occupation_major
from occupations as own
left join occupations as broad
    on broad.occupation_level = 'broad' and {{ start_of('own.occupation_code', 6) }} = {{ start_of('broad.occupation_code', 6) }}
left join occupations as minor
    on minor.occupation_level = 'minor' and {{ start_of('own.occupation_code', 4) }} = {{ start_of('minor.occupation_code', 4) }}
left join occupations as major
    on major.occupation_level = 'major' and {{ start_of('own.occupation_code', 2) }} = {{ start_of('major.occupation_code', 2) }}
