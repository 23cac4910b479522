{# What every pay cell carries, in the order of the contracts. #}
{% macro pay_figures(cell) -%}
    {{ cell }}.currency,
    {{ cell }}.n_openings,
    {{ cell }}.n_observations,
    {{ cell }}.n_employers,
    {{ cell }}.top_employer_share,
    {{ cell }}.n_effective,
    {{ cell }}.n_employers_effective,
    {{ ratio(cell ~ '.n_observations', cell ~ '.n_openings') }} as share_with_pay,
    {{ cell }}.window_from,
    {{ cell }}.window_to,
    {{ cell }}.sources,
    {{ cell }}.method,
    {{ cell }}.interval_level,
    {{ cell }}.interval_method,
    {{ cell }}.reason,
    {{ cell }}.mean,
    {{ cell }}.mean_low,
    {{ cell }}.mean_high,
    {{ cell }}.share_ranges,
    {{ cell }}.stated_low_p50,
    {{ cell }}.stated_mid_p50,
    {{ cell }}.stated_high_p50,
    {{ cell }}.usd_rate,
    {{ cell }}.p50_usd,
    {{ cell }}.level,
    {{ cell }}.own_weight,
    {{ cell }}.spread_ratio,
    {{ cell }}.parent_occupation_level,
    {{ cell }}.parent_occupation_code,
    {{ cell }}.parent_place_level,
    {{ cell }}.parent_place_id,
    {{ cell }}.parent_dimension,
    {{ cell }}.parent_dimension_value,
    {% for level in percentiles() %}
        {{ cell }}.p{{ level }},
        {{ cell }}.p{{ level }}_low,
        {{ cell }}.p{{ level }}_high,
        {{ cell }}.p{{ level }}_reason{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{% macro percentiles() %}{{ return([5, 10, 25, 50, 75, 90, 95]) }}{% endmacro %}
