{# The title of a cell's occupation: "All occupations" where the cell has them all, the code where none is known. #}
{% macro occupation_title_of(cell, occupation) -%}
    case
        when {{ cell }}.occupation_level = 'all' then 'All occupations'
        else coalesce({{ occupation }}.occupation_title, {{ cell }}.occupation_code)
    end
{%- endmacro %}

{# What every pay cell carries, in the order of the contracts. #}
{% macro pay_figures(cell) -%}
    {{ cell }}.currency,
    {{ cell }}.n_openings,
    {{ cell }}.n_observations,
    {{ cell }}.n_employers,
    {{ cell }}.top_employer_share,
    {{ ratio(cell ~ '.n_observations', cell ~ '.n_openings') }} as share_with_pay,
    {{ cell }}.window_from,
    {{ cell }}.window_to,
    {{ cell }}.sources,
    {{ cell }}.method,
    {{ cell }}.interval_level,
    {{ cell }}.reason,
    {{ cell }}.mean,
    {{ cell }}.mean_low,
    {{ cell }}.mean_high,
    {% for level in percentiles() %}
        {{ cell }}.p{{ level }},
        {{ cell }}.p{{ level }}_low,
        {{ cell }}.p{{ level }}_high,
        {{ cell }}.p{{ level }}_reason{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{% macro percentiles() %}{{ return([5, 10, 25, 50, 75, 90, 95]) }}{% endmacro %}
