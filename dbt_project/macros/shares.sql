{# Wilson's interval of a share at 95 per cent; `sign` is - for the lower end and + for the upper. #}
{% macro wilson(part, whole, sign) -%}
    ({{ ratio(part, whole) }} + 1.920729 / {{ whole }}
    {{ sign }} 1.959964 * sqrt(
        {{ ratio(part, whole) }} * (1 - {{ ratio(part, whole) }}) / {{ whole }} + 0.960365 / ({{ whole }} * {{ whole }})
    )) / (1 + 3.841459 / {{ whole }})
{%- endmacro %}
