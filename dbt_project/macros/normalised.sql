{# What normalisation says of a posting and of a salary observation alike. #}
{% macro normalised_columns() %}
    {{ return([
        'title_clean', 'occupation_code', 'occupation_level', 'occupation_probability', 'occupation_method', 'seniority',
        'place_id', 'place_level', 'city', 'region', 'country', 'metro',
        'employer', 'employer_key', 'industry', 'industry_origin', 'company_size',
        'pay_min', 'pay_max', 'pay_currency', 'pay_period', 'pay_kind', 'pay_origin', 'pay_reason',
        'pay_annual_min', 'pay_annual_max', 'pay_annual_hours',
        'employment_type', 'remote_mode',
    ]) }}
{% endmacro %}
