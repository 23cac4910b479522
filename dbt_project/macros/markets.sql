{# The markets that series, growth and skills are published for: (occupation level, place level). #}
{% macro markets() -%}
    {{ return([
        ('all', 'country'), ('major', 'country'), ('detailed', 'country'), ('all', 'region'), ('major', 'region')
    ]) }}
{%- endmacro %}

{# The expression that gives a row's occupation at a level. #}
{% macro market_code(occupation_level) -%}
    {{ return("'all'" if occupation_level == 'all' else 'occupation_' ~ occupation_level) }}
{%- endmacro %}

{#
  The rows of `relation` once for each market that they are in, with `columns` kept. The relation has country, country_id,
  region_id, occupation_major and occupation_detailed.
#}
{% macro in_markets(relation, columns) -%}
    {% for occupation_level, place_level in markets() %}
        {% set code = market_code(occupation_level) %}
        select
            '{{ occupation_level }}' as occupation_level,
            {{ code }} as occupation_code,
            '{{ place_level }}' as place_level,
            {{ place_level }}_id as place_id,
            country,
            {{ columns | join(', ') }}
        from {{ relation }}
        where {{ place_level }}_id is not null and {{ code }} is not null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
{%- endmacro %}
