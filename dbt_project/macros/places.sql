{# The region "us/ny" of a place such as "us/ny/new-york" or "us/ny" itself. #}
{% macro region_of(place_id, place_level) -%}
    case
        when {{ place_level }} = 'region' then {{ place_id }}
        when {{ place_level }} = 'city'
            then {{ part_of(place_id, '/', 1) }} || '/' || {{ part_of(place_id, '/', 2) }}
    end
{%- endmacro %}
