{# As many rows as the given relation has where the condition holds: a join that drops or repeats rows fails. #}
{% test row_count_of(model, relation, condition='true') %}
    select mine.n_rows, theirs.n_rows as n_expected
    from (select count(*) as n_rows from {{ model }}) as mine
    cross join (select count(*) as n_rows from {{ relation }} where {{ condition }}) as theirs
    where mine.n_rows <> theirs.n_rows
{% endtest %}
