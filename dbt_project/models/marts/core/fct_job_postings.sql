{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget_changed(['postings']) }}",
        post_hook=["{{ forget_built() }}", "{{ remember_built(['postings']) }}"],
    )
}}
-- depends_on: {{ ref('stg_store__partitions') }}, {{ ref('stg_normalised__postings') }}
{% set found = changes(this.identifier, ['postings']) if is_incremental() else {} %}

with captures as (
    select
        source,
        posting_id,
        min(captured_on) as first_captured_on,
        max(captured_on) as last_captured_on,
        count(*) as n_captures
    from {{ ref('stg_normalised__postings') }}
    {% if is_incremental() %}
        where {{ is_changed(found) }}
    {% endif %}
    group by source, posting_id
)

select
    posting.posting_id,
    posting.source,
    captures.first_captured_on,
    captures.last_captured_on,
    captures.n_captures,
    -- A posting dated after it was first seen, or before anyone advertised like this, is misdated.
    case
        when posting.posted_on between {{ day_of("'" ~ var('earliest_day') ~ "'") }} and captures.first_captured_on
            then posting.posted_on
        else captures.first_captured_on
    end as opened_on,
    posting.source_posting_id,
    posting.ats_id,
    posting.requisition_id,
    posting.url,
    posting.title,
    posting.posted_on,
    posting.closes_on,
    {{ listed(normalised_columns(), of='posting') }},
    posting.n_places,
    posting.experience_min_years,
    posting.experience_max_years,
    posting.language,
    posting.text_length
from {{ ref('stg_normalised__postings') }} as posting
inner join captures
    on
        posting.source = captures.source
        and posting.posting_id = captures.posting_id
        and posting.captured_on = captures.last_captured_on
{% if is_incremental() and first_changed_day(found) %}
    where posting.captured_on >= {{ day_of("'" ~ first_changed_day(found) ~ "'") }}
{% endif %}
