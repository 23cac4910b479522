"""What somebody is entitled to: told by examples, and by what must hold for whatever was paid for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.entitlements import FREE, GRACE, LATE, RANK, Entitlement, Kept, Status, Subscribed, entitlement
from billing.plans import PLANS

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTH = 30 * DAY
ACTIVE = Subscribed("basic", "active", NOW, NOW + MONTH)
OWING = replace(ACTIVE, status="past_due", unpaid_since=NOW)
MOMENTS = st.integers(-40 * 24, 40 * 24).map(lambda hours: NOW + hours * HOUR)
SUBSCRIBED = st.builds(
    Subscribed,
    plan=st.sampled_from([*PLANS][1:]),
    status=st.sampled_from(get_args(Status)),
    created_at=MOMENTS,
    period_end=MOMENTS,
    cancel_at=st.none() | MOMENTS,
    unpaid_since=st.none() | MOMENTS,
    given_up=st.booleans(),
    returned=st.booleans(),
    kept=st.none() | st.builds(Kept, plan=st.sampled_from([*PLANS][1:]), until=MOMENTS),
)
SEVERAL = st.lists(SUBSCRIBED, max_size=3)
LIFETIMES = st.lists(st.sampled_from(["professional"]), max_size=1)


def of(*subscriptions: Subscribed, at: datetime = NOW) -> tuple[str, str, datetime | None]:
    found = entitlement(subscriptions, (), at)
    return found.plan, found.state, found.until


def test_who_pays_has_the_plan_for_the_period() -> None:
    assert of() == ("free", "free", None)
    assert of(ACTIVE) == ("basic", "active", NOW + MONTH)
    assert of(replace(ACTIVE, status="trialing")) == ("basic", "trialing", NOW + MONTH)
    assert of(replace(ACTIVE, status="incomplete")) == ("free", "free", None)


def test_who_cancels_has_it_to_the_end_and_then_the_free_plan() -> None:
    ending = replace(ACTIVE, cancel_at=NOW + MONTH)
    assert of(ending, at=NOW + MONTH - HOUR) == ("basic", "active", NOW + MONTH)
    assert of(ending, at=NOW + MONTH) == ("free", "free", None), "whether or not Stripe's word of it came"
    assert of(replace(ending, status="canceled", given_up=True)) == ("free", "free", None)


def test_who_does_not_pay_has_it_for_the_days_of_grace_and_then_nothing_that_is_paid_for() -> None:
    for status in ("past_due", "canceled"):
        owing = replace(OWING, status=status)
        assert of(owing, at=NOW + GRACE - HOUR) == ("basic", "grace", NOW + GRACE)
        assert of(owing, at=NOW + GRACE) == ("free", "lapsed", None)
    assert of(replace(OWING, status="unpaid")) == ("free", "lapsed", None), "Stripe has given up by then"


def test_a_debt_is_over_when_it_is_paid_given_up_or_followed_by_another_subscription() -> None:
    lapsed, late = replace(OWING, status="canceled"), NOW + MONTH
    assert of(lapsed, at=late) == ("free", "lapsed", None)
    assert of(replace(lapsed, given_up=True), at=late) == ("free", "free", None)
    later = replace(ACTIVE, created_at=late, period_end=late + MONTH)
    assert of(lapsed, later, at=late) == ("basic", "active", late + MONTH)
    ended = replace(later, status="canceled", given_up=True)
    assert of(lapsed, ended, at=late) == ("free", "free", None)
    assert of(lapsed, replace(later, status="incomplete"), at=late) == ("free", "lapsed", None)


def test_what_is_paid_after_stripe_gave_up_is_given_to_the_end_of_the_period() -> None:
    paid = replace(OWING, status="canceled", unpaid_since=None)
    assert of(paid) == ("basic", "active", NOW + MONTH)
    assert of(paid, at=NOW + MONTH) == ("free", "free", None)


def test_who_got_back_what_was_paid_for_the_period_has_the_free_plan_and_owes_nothing() -> None:
    for status in ("active", "past_due", "unpaid", "canceled"):
        assert of(replace(ACTIVE, status=status, returned=True)) == ("free", "free", None)
    kept = replace(ACTIVE, kept=Kept("professional", NOW + DAY), returned=True)
    assert of(kept) == ("free", "free", None)


def test_a_renewal_that_nobody_told_of_is_waited_for() -> None:
    end = NOW + MONTH
    assert of(ACTIVE, at=end + LATE - HOUR) == ("basic", "active", end)
    assert of(ACTIVE, at=end + LATE) == ("basic", "grace", end + GRACE)
    assert of(ACTIVE, at=end + GRACE) == ("free", "lapsed", None)


def test_a_plan_that_was_paid_for_is_kept_until_the_smaller_one_begins() -> None:
    smaller = replace(ACTIVE, kept=Kept("professional", NOW + DAY))
    assert of(smaller)[0] == "professional"
    assert of(smaller, at=NOW + DAY)[0] == "basic"


def test_what_was_bought_for_ever_stays_and_the_larger_plan_counts() -> None:
    assert entitlement([OWING], ["professional"], NOW + MONTH) == Entitlement("professional", "active")
    both = entitlement([replace(ACTIVE, plan="enterprise")], ["professional"], NOW)
    assert (both.plan, both.until) == ("enterprise", NOW + MONTH)
    assert entitlement([replace(ACTIVE, plan="professional")], ["professional"], NOW).until is None


@given(SEVERAL, LIFETIMES, MOMENTS, st.integers(0, 90 * 24))
def test_nothing_changes_before_it_says(several: list[Subscribed], lifetimes: list, now: datetime, hours: int) -> None:
    found, later = entitlement(several, lifetimes, now), now + hours * HOUR
    assert found.next_at is None or found.next_at > now
    if found.next_at is None or later < found.next_at:
        assert entitlement(several, lifetimes, later) == found


@given(SEVERAL, LIFETIMES, MOMENTS, st.randoms())
def test_the_order_of_what_is_known_is_nothing(several: list[Subscribed], lifetimes: list, now: datetime, by) -> None:
    ages = {(each.created_at, each.period_end) for each in several}
    shuffled = by.sample(several, len(several))
    if len(ages) == len(several):
        assert entitlement(shuffled, lifetimes, now) == entitlement(several, lifetimes, now)


@given(SEVERAL, SUBSCRIBED, LIFETIMES, MOMENTS)
def test_to_pay_for_more_never_gives_less(
    several: list[Subscribed], more: Subscribed, lifetimes: list, now: datetime
) -> None:
    before, after = entitlement(several, lifetimes, now), entitlement([*several, more], lifetimes, now)
    assert RANK[after.plan] >= RANK[before.plan]


@given(SEVERAL, MOMENTS)
def test_only_who_owes_has_lapsed(several: list[Subscribed], now: datetime) -> None:
    if entitlement(several, (), now).state == "lapsed":
        begun = [each for each in several if each.status not in ("incomplete", "incomplete_expired")]
        last = max(begun, key=lambda each: (each.created_at, each.period_end))
        assert not last.given_up
        assert last.status != "paused"
        assert not last.returned
        assert (last.unpaid_since or last.period_end) + GRACE <= now or last.status == "unpaid"
    settled = [replace(each, given_up=True) for each in several]
    assert entitlement(settled, (), now) == FREE


@pytest.mark.parametrize("status", get_args(Status))
def test_every_status_of_stripe_is_known(status: Status) -> None:
    assert entitlement([replace(OWING, status=status)], (), NOW + 2 * MONTH).state in ("free", "lapsed")
