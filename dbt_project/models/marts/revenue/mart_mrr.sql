with recurred as (
    select * from {{ ref('int_revenue__recurred') }}
),

months as (
    select
        month_starts_on,
        max(month_starts_on) over (order by month_starts_on rows between 1 preceding and 1 preceding) as month_before
    from {{ ref('int_revenue__measured') }}
),

-- Each customer of this month or the one before, with what they have in both.
had as (
    select
        months.month_starts_on as month_starts_on,
        recurred.user_id as user_id,
        recurred.plan as plan,
        recurred.currency as currency,
        1 as is_now,
        0 as was_before,
        recurred.month_hundredths as month_hundredths
    from months
    inner join recurred on months.month_starts_on = recurred.month_starts_on
    union all
    select
        months.month_starts_on as month_starts_on,
        recurred.user_id as user_id,
        recurred.plan as plan,
        recurred.currency as currency,
        0 as is_now,
        1 as was_before,
        0 as month_hundredths
    from months
    inner join recurred on months.month_before = recurred.month_starts_on
),

customers as (
    select
        month_starts_on,
        user_id,
        plan,
        currency,
        max(is_now) as is_now,
        max(was_before) as was_before,
        sum(month_hundredths) as month_hundredths
    from had
    group by month_starts_on, user_id, plan, currency
),

-- Whoever has another plan has not left, and who had one is not new.
anything as (
    select
        month_starts_on,
        user_id,
        max(is_now) as is_now,
        max(was_before) as was_before
    from had
    group by month_starts_on, user_id
)

select
    customers.month_starts_on as month_starts_on,
    measured.measured_on as measured_on,
    customers.plan as plan,
    customers.currency as currency,
    cast({{ rounded('sum(customers.month_hundredths) / 100.0', 0) }} as bigint) as mrr_minor,
    cast(sum(customers.is_now) as bigint) as n_subscribers,
    cast(sum(customers.was_before) as bigint) as n_before,
    cast(sum(customers.is_now * (1 - customers.was_before)) as bigint) as n_joined,
    cast(sum(customers.was_before * (1 - customers.is_now)) as bigint) as n_left,
    cast(sum(customers.is_now * (1 - anything.was_before)) as bigint) as n_new,
    cast(sum(customers.was_before * (1 - anything.is_now)) as bigint) as n_churned,
    {{ ratio('sum(customers.was_before * (1 - anything.is_now))', 'sum(customers.was_before)') }} as churn
from customers
inner join anything
    on customers.month_starts_on = anything.month_starts_on and customers.user_id = anything.user_id
inner join {{ ref('int_revenue__measured') }} as measured
    on customers.month_starts_on = measured.month_starts_on
group by customers.month_starts_on, measured.measured_on, customers.plan, customers.currency
