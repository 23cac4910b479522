{#
  What ClickHouse's tables need beside the SQL: an engine, a cluster to be made on, and contracts in its own types, where
  every column may be null unless it says otherwise.
#}

{# The clause by which a statement reaches every server of the cluster; nothing where there is none. #}
{% macro everywhere() -%}
    {% if target.type == 'clickhouse' and target.cluster %}on cluster '{{ target.cluster }}'{% endif %}
{%- endmacro %}

{# The clause that says how a table of our own is stored. #}
{% macro stored_by() -%}
    {% if target.type == 'clickhouse' %}engine = {{ merge_tree() }} order by tuple(){% endif %}
{%- endmacro %}

{% macro merge_tree() -%}
    {{ 'ReplicatedMergeTree' if target.cluster else 'MergeTree()' }}
{%- endmacro %}

{# A contract's type as the engine names it. #}
{% macro type_name(data_type) -%}
    {%- if target.type == 'clickhouse' -%}
        Nullable({{ clickhouse_types()[data_type | lower][0] }})
    {%- else -%}
        {{ data_type }}
    {%- endif -%}
{%- endmacro %}

{#
  Of each type of the contracts: what a column is made as, and what an expression for it may be. dbt's own name for an
  integer comes already translated.
#}
{% macro clickhouse_types() -%}
    {%- set integers = ['Int32', 'UInt32', 'Int16', 'UInt16', 'Int8', 'UInt8'] -%}
    {{ return({
        'text': ['String'],
        'bigint': ['Int64', 'UInt64'] + integers,
        'integer': integers,
        'int32': integers,
        'double precision': ['Float64'],
        'boolean': ['Bool', 'UInt8'],
        'date': ['Date32', 'Date'],
    }) }}
{%- endmacro %}

{# The contract: the same columns, each of a type that becomes the stated one without loss. #}
{% macro clickhouse__get_assert_columns_equivalent(sql) -%}
    {%- set stated = model['columns'].values() | list -%}
    {%- set given = {} -%}
    {%- for column in adapter.get_column_schema_from_query(sql) -%}
        {%- do given.update({column.name: column.dtype | replace('Nullable(', '') | replace(')', '')}) -%}
    {%- endfor -%}
    {%- set wrong = [] -%}
    {%- for column in stated -%}
        {%- if given.get(column.name) not in clickhouse_types().get(column.data_type | lower, []) -%}
            {%- do wrong.append(column.name ~ ': ' ~ column.data_type ~ ', got ' ~ given.get(column.name)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in given if name not in model['columns'] -%}
        {%- do wrong.append(name ~ ': not in the contract') -%}
    {%- endfor -%}
    {%- if wrong -%}
        {%- do exceptions.raise_compiler_error('contract of ' ~ model.name ~ ' broken: ' ~ wrong | join('; ')) -%}
    {%- endif -%}
{%- endmacro %}

{% macro clickhouse__get_table_columns_and_constraints() -%}
    (
        {%- for column in model['columns'].values() %}
            {{ adapter.quote(column.name) }} {{ type_name(column.data_type) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
