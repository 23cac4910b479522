{# A schema a layer, the same on every target: staging, intermediate, core, api; in ClickHouse, where a schema is a database of
   the whole server, behind the warehouse's own name. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ layer_schema(custom_schema_name) if custom_schema_name else target.schema }}
{%- endmacro %}

{% macro layer_schema(name) -%}
    {{ target.schema ~ '_' ~ name if target.type == 'clickhouse' else name }}
{%- endmacro %}
