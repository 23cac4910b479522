{#
  What differs between engines, and nothing else does. The default is written for DuckDB and PostgreSQL alike where that
  is possible; an engine that needs more gets its own <engine>__<macro>.
#}

{# A date of what can be one. ClickHouse's `date` begins in 1970. #}
{% macro day_of(expression) %}{{ adapter.dispatch('day_of', 'payband')(expression) }}{% endmacro %}
{% macro default__day_of(expression) -%}
    cast({{ expression }} as date)
{%- endmacro %}
{% macro clickhouse__day_of(expression) -%}
    toDate32({{ expression }})
{%- endmacro %}

{# A date some days later (or, below 0, earlier). #}
{% macro plus_days(day, days) %}{{ adapter.dispatch('plus_days', 'payband')(day, days) }}{% endmacro %}
{% macro default__plus_days(day, days) -%}
    cast({{ day }} + cast({{ days }} as integer) as date)
{%- endmacro %}
{% macro clickhouse__plus_days(day, days) -%}
    addDays({{ day }}, {{ days }})
{%- endmacro %}

{# Whole days from one date to another. #}
{% macro days_between(first, last) %}{{ adapter.dispatch('days_between', 'payband')(first, last) }}{% endmacro %}
{% macro default__days_between(first, last) -%}
    (cast({{ last }} as date) - cast({{ first }} as date))
{%- endmacro %}
{% macro clickhouse__days_between(first, last) -%}
    dateDiff('day', {{ first }}, {{ last }})
{%- endmacro %}

{# A relation of one column, day_number: the whole numbers from 0 to below `count`, a number known when compiling. #}
{% macro day_numbers(count) %}{{ adapter.dispatch('day_numbers', 'payband')(count) }}{% endmacro %}
{% macro default__day_numbers(count) -%}
    (select series.n as day_number from generate_series(0, {{ count }} - 1) as series (n))
{%- endmacro %}
{% macro clickhouse__day_numbers(count) -%}
    (select toInt32(number) as day_number from numbers({{ count }}))
{%- endmacro %}

{# The distinct texts of a group in order, joined by commas. #}
{% macro joined(expression) %}{{ adapter.dispatch('joined', 'payband')(expression) }}{% endmacro %}
{% macro default__joined(expression) -%}
    string_agg(distinct {{ expression }}, ',' order by {{ expression }})
{%- endmacro %}
{% macro clickhouse__joined(expression) -%}
    arrayStringConcat(arraySort(groupUniqArray({{ expression }})), ',')
{%- endmacro %}

{# A part of a text between separators, counted from 1. #}
{% macro part_of(text, separator, number) %}{{ adapter.dispatch('part_of', 'payband')(text, separator, number) }}{% endmacro %}
{% macro default__part_of(text, separator, number) -%}
    split_part({{ text }}, '{{ separator }}', {{ number }})
{%- endmacro %}
{% macro clickhouse__part_of(text, separator, number) -%}
    splitByString('{{ separator }}', {{ text }})[{{ number }}]
{%- endmacro %}

{# a / b as a double, null where b is 0: PostgreSQL would divide whole numbers down, ClickHouse give infinity. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double precision) / nullif(cast({{ denominator }} as double precision), 0)
{%- endmacro %}

{# The median of a group, between the two middle values when their number is even. #}
{% macro median(expression) %}{{ adapter.dispatch('median', 'payband')(expression) }}{% endmacro %}
{% macro default__median(expression) -%}
    percentile_cont(0.5) within group (order by {{ expression }})
{%- endmacro %}
{% macro clickhouse__median(expression) -%}
    quantileExactInclusive(0.5)({{ expression }})
{%- endmacro %}

{#
  A number to so many digits, halves up. Engines' own round() differs: to even in ClickHouse, and not for doubles in
  PostgreSQL.
#}
{% macro rounded(number, digits) -%}
    floor(cast({{ number }} as double precision) * {{ 10 ** digits }} + 0.5) / cast({{ 10 ** digits }} as double precision)
{%- endmacro %}

{# The year of a date as text. #}
{% macro year_text(day) -%}
    cast(cast(extract(year from {{ day }}) as integer) as text)
{%- endmacro %}

{# The first characters of a text. #}
{% macro start_of(text, count) -%}
    substring({{ text }}, 1, {{ count }})
{%- endmacro %}

{# A whole number of 64 bits that tells rows of these columns apart. #}
{% macro row_hash(columns) %}{{ adapter.dispatch('row_hash', 'payband')(columns) }}{% endmacro %}
{% macro default__row_hash(columns) -%}
    hashtextextended(cast(row({{ columns | join(', ') }}) as text), 0)
{%- endmacro %}
{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{# Post-hook: tell the planner what a new table holds. Engines that plan without being told need nothing. #}
{% macro analysed() %}{{ adapter.dispatch('analysed', 'payband')() }}{% endmacro %}
{% macro default__analysed() %}{% endmacro %}
{% macro postgres__analysed() -%}
    {% if config.get('materialized') in ('table', 'incremental') %}analyze {{ this }}{% endif %}
{%- endmacro %}

{# A table for the length of one model's build. In ClickHouse, where sessions have no say, an ordinary one. #}
{% macro create_scratch(name) %}{{ adapter.dispatch('create_scratch', 'payband')(name) }}{% endmacro %}
{% macro default__create_scratch(name) -%}
    create or replace temporary table {{ name }} as
{%- endmacro %}
{% macro postgres__create_scratch(name) -%}
    create temporary table {{ name }} on commit drop as
{%- endmacro %}
{% macro clickhouse__create_scratch(name) -%}
    create or replace table {{ scratch(name) }} {{ everywhere() }} {{ stored_by() }} as
{%- endmacro %}

{# How such a table is named. #}
{% macro scratch(name) %}{{ adapter.dispatch('scratch', 'payband')(name) }}{% endmacro %}
{% macro default__scratch(name) -%}
    {{ name }}
{%- endmacro %}
{% macro clickhouse__scratch(name) -%}
    {{ state_relation(name) }}
{%- endmacro %}
{% macro clickhouse__row_hash(columns) -%}
    sipHash64(tuple({{ columns | join(', ') }}))
{%- endmacro %}
