{# The bands of estimation/pay/lattice.py, as a query: from (inclusive), below (exclusive; null: open). #}
{% macro experience_bands() -%}
    {% for band, from_years, below_years in [('0-1', 0, 2), ('2-4', 2, 5), ('5-9', 5, 10), ('10+', 10, 'null')] -%}
        select
            '{{ band }}' as experience_band,
            cast({{ from_years }} as integer) as from_years,
            cast({{ below_years }} as integer) as below_years
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
{%- endmacro %}
