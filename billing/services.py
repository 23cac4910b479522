"""What is asked for, and what it costs in credits: each service one entry of data (docs/how_to/change_prices.md).

A plan includes a service by the feature that the service belongs to, or as far as a quota of the plan goes: so many
units a day, week or month of the calendar (UTC). What a plan does not include costs `credits` a unit; a service without
a price is not to be had beyond plans. A service's name, once used, never means anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from billing.plans import PLANS, Feature, Plan, PlanName

Reset = Literal["day", "week", "month"]
Unit = Literal["answer", "row", "file", "resume", "interview"]
ServiceName = Literal[
    "salary-insights",
    "coverage",
    "revisions",
    "market-trends",
    "salary-insights-batch",
    "export",
    "company-insights",
    "resume-rewrite",
    "interview-preparation",
]


class Span(NamedTuple):
    """From `start` until before `end`."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Quota:
    """So many units in each day, week (from Monday) or month of the calendar (UTC)."""

    units: int
    reset: Reset

    def span(self, now: datetime) -> Span:
        """The day, week or month that `now`, a time in UTC, is in."""
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.reset == "day":
            return Span(day, day + timedelta(days=1))
        if self.reset == "week":
            monday = day - timedelta(days=day.weekday())
            return Span(monday, monday + timedelta(days=7))
        first = day.replace(day=1)
        return Span(first, (first + timedelta(days=31)).replace(day=1))


@dataclass(frozen=True)
class Service:
    """Something that is asked for by the unit. `credits` is the price of one that no plan and no quota includes."""

    name: ServiceName
    title: str
    unit: Unit
    credits: int | None = None
    feature: Feature | None = None
    quotas: Mapping[PlanName, Quota] = field(default_factory=dict)

    def quota_of(self, plan: Plan) -> Quota | None:
        """How much of it the plan includes, where that is not all or nothing."""
        return self.quotas.get(plan.name)

    def free_with(self, plan: Plan) -> bool:
        """Whether the plan includes it without end."""
        return self.feature in plan.features and plan.name not in self.quotas


SERVICES: dict[ServiceName, Service] = {
    service.name: service
    for service in (
        Service("salary-insights", "What a job pays in a place", "answer", 1, "salary-insights"),
        Service("coverage", "Which occupations and places have figures", "answer", None, "coverage"),
        Service("revisions", "What a figure said in each release, and why it changed", "answer", 1, "revisions"),
        Service("market-trends", "Where a market's openings and pay go", "answer", 2, "market-trends"),
        Service(
            "salary-insights-batch", "What many jobs pay, by one request", "row", 1,
            quotas={"basic": Quota(20, "day"), "professional": Quota(500, "week"), "enterprise": Quota(5_000, "month")},
        ),
        Service("export", "Figures as a file", "file", 5, quotas={"enterprise": Quota(20, "month")}),
        Service("company-insights", "What an employer pays and asks for", "answer", 2, "company-insights"),
        Service(
            "resume-rewrite", "A resume rewritten for a job", "resume", 4,
            quotas={"professional": Quota(5, "month"), "enterprise": Quota(20, "month")},
        ),
        Service("interview-preparation", "A job's interview, prepared", "interview", 6, "interview-preparation"),
    )
}  # fmt: skip
# What costs nothing, and need not be counted: by names, for the hottest path that there is.
FREE: frozenset[tuple[str, str]] = frozenset(
    (service.name, plan.name) for service in SERVICES.values() for plan in PLANS.values() if service.free_with(plan)
)


def plans_with(service: Service) -> tuple[Plan, ...]:
    """The plans that include it, without end or by a quota."""
    return tuple(plan for plan in PLANS.values() if service.free_with(plan) or service.quota_of(plan))
