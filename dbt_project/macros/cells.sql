{#
  A cell is what a published row is about: an occupation at a level in a place at a level. The place's country stands
  beside it.
#}
{% macro cell() %}
    {{ return(['occupation_level', 'occupation_code', 'place_level', 'place_id', 'country']) }}
{% endmacro %}

{# Columns in a row, those of `of` where it is given. #}
{% macro listed(names, of='') -%}
    {%- for name in names %}{{ of ~ '.' if of }}{{ name }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{#
  The same as columns of a query. Each is named, because ClickHouse calls a column a.b where another of the joined relations
  has a b too.
#}
{% macro selected(names, of) -%}
    {%- for name in names %}{{ of }}.{{ name }} as {{ name }}{{ ', ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{# Whether rows of two relations are about the same, by every column of `names`. #}
{% macro same(names, left, right) -%}
    {%- for name in names %}{{ left }}.{{ name }} = {{ right }}.{{ name }}{{ ' and ' if not loop.last }}{% endfor -%}
{%- endmacro %}

{# A cell with the names of its occupation and place, as every mart begins. Needs `joined_names` of the same relation. #}
{% macro named_cell(relation) -%}
    {{ relation }}.occupation_level as occupation_level,
    {{ relation }}.occupation_code as occupation_code,
    case
        when {{ relation }}.occupation_level = 'all' then 'All occupations'
        else coalesce(occupation.occupation_title, {{ relation }}.occupation_code)
    end as occupation_title,
    {{ relation }}.place_level as place_level,
    {{ relation }}.place_id as place_id,
    coalesce(place.place_name, {{ relation }}.place_id) as place_name,
    {{ relation }}.country as country
{%- endmacro %}

{# The dimensions that `named_cell` reads. #}
{% macro joined_names(relation) -%}
    left join {{ ref('dim_occupations') }} as occupation
        on {{ relation }}.occupation_code = occupation.occupation_code
    left join {{ ref('dim_places') }} as place
        on {{ relation }}.place_id = place.place_id
{%- endmacro %}
