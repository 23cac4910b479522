select
    source,
    connector,
    coalesce(aggregates, false) as aggregates,
    coalesce(display, false) as display,
    coalesce(export, false) as export,
    coalesce(confidential, false) as confidential,
    coalesce(contributors, 'employers') as contributors,
    attribution,
    terms
from {{ source('reference', 'sources') }}
