{# Wilson's interval of a share at 95 per cent, around the share whatever the rounding; `end` is low or high. #}
{% macro wilson(part, whole, end) -%}
    {%- set bound -%}
        ({{ ratio(part, whole) }} + 1.920729 / {{ whole }}
        {{ '-' if end == 'low' else '+' }} 1.959964 * sqrt(
            {{ ratio(part, whole) }} * (1 - {{ ratio(part, whole) }}) / {{ whole }} + 0.960365 / ({{ whole }} * {{ whole }})
        )) / (1 + 3.841459 / {{ whole }})
    {%- endset -%}
    {{ 'least' if end == 'low' else 'greatest' }}({{ ratio(part, whole) }}, {{ bound }})
{%- endmacro %}
