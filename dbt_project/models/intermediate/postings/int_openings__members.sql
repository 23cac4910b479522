-- member_hash changes with whatever an opening takes from its postings and the day's rates, not with the rest of them.
select
    member.opening_id as opening_id,
    posting.posting_id as posting_id,
    posting.source,
    posting.opened_on,
    posting.first_captured_on,
    posting.last_captured_on,
    posting.country,
    pay.country_currency,
    pay.pay_annual,
    pay.pay_annual_min as pay_annual_min,
    pay.pay_annual_max as pay_annual_max,
    pay.pay_annual_usd,
    pay.pay_unusable_reason,
    {{ row_hash([
        'posting.posting_id', 'pay.country_currency', 'pay.pay_annual_min', 'pay.pay_annual_max', 'pay.pay_annual_usd',
        'pay.pay_unusable_reason',
    ]) }} as member_hash
from {{ ref('int_postings__admitted') }} as posting
inner join {{ ref('stg_openings__members') }} as member
    on posting.posting_id = member.posting_id
inner join {{ ref('int_pay__annualised') }} as pay
    on posting.posting_id = pay.row_id and pay.kind_of_row = 'posting'
