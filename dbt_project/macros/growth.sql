{#
  Growth between two counts with an interval that knows employers.

  Employers post in bursts, so that openings are not independent, but employers nearly are. The variance of
  ln(recent / before) is then sum over employers of (r_e / recent - b_e / before)^2, which is 1 / recent + 1 / before
  when every employer has one opening, and small for a large employer that keeps its pace. It is expanded so that all
  sums are of whole numbers.
#}
{% macro growth_variance(recent, before, recent_squares, before_squares, products) -%}
    {{ ratio(recent_squares, recent ~ ' * ' ~ recent) }}
    + {{ ratio(before_squares, before ~ ' * ' ~ before) }}
    - 2 * {{ ratio(products, recent ~ ' * ' ~ before) }}
{%- endmacro %}

{# rising, falling or flat (within ten per cent either way) when the interval says so, else unknown. #}
{% macro direction(low, high) -%}
    case
        when {{ low }} > 0 then 'rising'
        when {{ high }} < 0 then 'falling'
        when {{ low }} >= -0.1 and {{ high }} <= 0.1 then 'flat'
        else 'unknown'
    end
{%- endmacro %}
