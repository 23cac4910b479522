{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ forget_changed(['postings', 'posting_skills']) }}",
        post_hook=["{{ forget_built() }}", "{{ remember_built(['postings', 'posting_skills']) }}"],
    )
}}
-- depends_on: {{ ref('stg_store__partitions') }}, {{ ref('stg_normalised__postings') }}
{% set found = changes(this.identifier, ['postings', 'posting_skills']) if is_incremental() else {} %}

select
    skill.posting_id,
    skill.skill_id,
    skill.requirement,
    skill.source
from {{ ref('stg_normalised__posting_skills') }} as skill
inner join {{ ref('fct_job_postings') }} as posting
    on
        skill.source = posting.source
        and skill.posting_id = posting.posting_id
        and skill.captured_on = posting.last_captured_on
{% if is_incremental() %}
    where
        {{ is_changed(found, 'posting.') }}
        {% if first_changed_day(found) %}
            and skill.captured_on >= {{ day_of("'" ~ first_changed_day(found) ~ "'") }}
        {% endif %}
{% endif %}
