-- Of all that covers the day, what began last is in force; a change of plan gives back for the old one and asks for the
-- new one from the same second on, so the larger of those. Nothing recurs that is tried, or was given back.
with covering as (
    select
        measured.month_starts_on as month_starts_on,
        lines.user_id as user_id,
        lines.plan as plan,
        lines.currency as currency,
        lines.amount_minor as amount_minor,
        {{ days_between('lines.period_starts_on', 'lines.period_ends_on') }} as n_days,
        row_number() over (
            partition by measured.month_starts_on, lines.user_id
            order by lines.starts_second desc, lines.amount_minor desc, lines.line_id asc
        ) as place
    from {{ ref('int_revenue__measured') }} as measured
    inner join {{ ref('stg_operator__invoice_lines') }} as lines
        on lines.period_starts_on <= measured.measured_on and lines.period_ends_on > measured.measured_on
)

select
    month_starts_on,
    user_id,
    plan,
    currency,
    cast({{ rounded('100.0 * amount_minor * 365.25 / 12 / n_days', 0) }} as bigint) as month_hundredths
from covering
where place = 1 and amount_minor > 0
