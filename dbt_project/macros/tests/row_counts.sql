{# As many rows as the given relation has where the condition holds: a join that drops or repeats rows fails. #}
{% test row_count_of(model, relation, condition='true') %}
    select mine.n_rows, theirs.n_rows as n_expected
    from (select count(*) as n_rows from {{ model }}) as mine
    cross join (select count(*) as n_rows from {{ relation }} where {{ condition }}) as theirs
    where mine.n_rows <> theirs.n_rows
{% endtest %}

{# A column whose sum is the number of rows of a relation: what was grouped is all there, once. #}
{% test adds_up_to(model, column, relation) %}
    select mine.total, theirs.n_rows
    from (select coalesce(sum({{ column }}), 0) as total from {{ model }}) as mine
    cross join (select count(*) as n_rows from {{ relation }}) as theirs
    where mine.total <> theirs.n_rows
{% endtest %}

{#
  Every posting of the store is in the fact once: as many as there are distinct ids, whichever partitions were built when.
  The captures counted are the rows of all partitions.
#}
{% test row_count_of_partitions(model) %}
    select mine.n_postings, mine.n_captures, theirs.n_postings as n_postings_expected, theirs.n_rows
    from (select count(*) as n_postings, coalesce(sum(n_captures), 0) as n_captures from {{ model }}) as mine
    cross join (
        select count(distinct posting_id) as n_postings, count(*) as n_rows
        from {{ ref('stg_normalised__postings') }}
    ) as theirs
    where mine.n_postings <> theirs.n_postings or mine.n_captures <> theirs.n_rows
{% endtest %}

{#
  No skill twice for a posting. Ten million rows are not sorted by text for this: what a source's latest day brought is
  looked at, which is where a fault would come in.
#}
{% test skills_of_postings(model) %}
    with latest as (
        select posting.posting_id
        from {{ ref('fct_job_postings') }} as posting
        inner join (
            select source, max(last_captured_on) as last_captured_on
            from {{ ref('fct_job_postings') }}
            group by source
        ) as day
            on posting.source = day.source and posting.last_captured_on = day.last_captured_on
    )

    select skill.posting_id, skill.skill_id, count(*) as n_rows
    from {{ model }} as skill
    inner join latest
        on skill.posting_id = latest.posting_id
    group by skill.posting_id, skill.skill_id
    having count(*) > 1
{% endtest %}

{# No fewer rows than the relation has. #}
{% test row_count_at_least(model, relation) %}
    select mine.n_rows, theirs.n_rows as n_least
    from (select count(*) as n_rows from {{ model }}) as mine
    cross join (select count(*) as n_rows from {{ relation }}) as theirs
    where mine.n_rows < theirs.n_rows
{% endtest %}
