"""The catalogue of services: what it may say, and when its quotas begin anew."""

from datetime import UTC, datetime

import pytest

from billing.plans import PLANS
from billing.services import FREE, SERVICES, Quota, Reset, plans_with


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("reset", "now", "start", "end"),
    [
        ("day", "2026-11-22T23:59:59.999999", "2026-11-22", "2026-11-23"),
        ("day", "2026-11-23T00:00", "2026-11-23", "2026-11-24"),
        ("week", "2026-11-22T10:00", "2026-11-16", "2026-11-23"),  # a Sunday
        ("week", "2026-11-23T00:00", "2026-11-23", "2026-11-30"),
        ("week", "2026-12-31T10:00", "2026-12-28", "2027-01-04"),
        ("month", "2026-12-31T23:59", "2026-12-01", "2027-01-01"),
        ("month", "2028-02-29T00:00", "2028-02-01", "2028-03-01"),
        ("month", "2026-01-31T00:00", "2026-01-01", "2026-02-01"),
    ],
)
def test_a_quota_begins_anew_with_the_calendar(reset: Reset, now: str, start: str, end: str) -> None:
    assert Quota(1, reset).span(at(now)) == (at(start), at(end))


def test_a_larger_plan_includes_no_less() -> None:
    a_day = {"day": 1.0, "week": 1 / 7, "month": 1 / 31}
    for service in SERVICES.values():
        daily = [
            float("inf") if service.free_with(plan) else quota.units * a_day[quota.reset] if quota else 0.0
            for plan in PLANS.values()
            for quota in (service.quota_of(plan),)
        ]
        assert daily == sorted(daily), service.name


def test_everything_can_be_had_by_somebody_and_nothing_is_given_away() -> None:
    for service in SERVICES.values():
        assert plans_with(service) or service.credits, service.name
        assert service.credits is None or service.credits > 0
        assert all(quota.units > 0 for quota in service.quotas.values())


def test_single_insights_of_ones_plan_cost_nothing_and_a_rewrite_four() -> None:
    assert {("salary-insights", plan) for plan in PLANS} <= FREE
    assert ("market-trends", "free") not in FREE
    assert SERVICES["resume-rewrite"].credits == 4
