{# Every row has a value in each of these columns: one scan, where a test a column would cost one each. #}
{% test known(model, columns) %}
    select {{ columns | join(', ') }} from {{ model }} where {{ columns | join(' is null or ') }} is null
{% endtest %}

{# No two rows agree in these columns (nulls included). #}
{% test unique_key(model, columns) %}
    select {{ columns | join(', ') }}, count(*) as n_rows
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{# A condition that every row satisfies; a null condition fails. #}
{% test holds(model, condition) %}
    select * from {{ model }} where not coalesce({{ condition }}, false)
{% endtest %}

{#
  Pay figures: all null where the row has a reason, percentile by percentile null exactly where that one has a reason,
  inside their intervals and in ascending order.
#}
{% test figures_or_reason(model) %}
    select *
    from {{ model }}
    where
        (reason is null) <> (mean is not null)
        or mean not between mean_low and mean_high
        {% for level in percentiles() %}
            or (reason is null and p{{ level }}_reason is null) <> (p{{ level }} is not null)
            or (p{{ level }} is null) <> (p{{ level }}_low is null)
            or p{{ level }} not between p{{ level }}_low and p{{ level }}_high
            {% if not loop.first %}
                or p{{ level }} < p{{ percentiles()[loop.index0 - 1] }}
            {% endif %}
        {% endfor %}
{% endtest %}
