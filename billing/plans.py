"""The plans: what each lets its holder do, and how much of it. Data; what reads it needs no change for another plan.

`requests_per_hour` counts in any hour, for all keys and sessions of a user together: more keys give no more requests.
`burst` counts in any BURST_WINDOW_S seconds, for each key or session. It bounds what one caller may take of a server
at once, not what a plan is worth: a small plan may spend its hour in one go, a large one is made to spread it. A
worker answers some thousands of insights a second, so BURST is below a tenth of what it can do in that time.
"""

from dataclasses import dataclass
from typing import Literal, cast

PlanName = Literal["free", "basic", "professional", "enterprise"]
Feature = Literal[
    "salary-insights",
    "coverage",
    "revisions",
    "company-basics",
    "company-insights",
    "market-trends",
    "interview-preparation",
    "custom-analytics",
    "priority",
]

HOUR_S = 3_600
BURST_WINDOW_S = 10
BURST = 1_000


@dataclass(frozen=True)
class Plan:
    """One plan. Requests are those of HTTP that reach a door, whatever the answer."""

    name: PlanName
    title: str
    requests_per_hour: int
    burst: int
    features: frozenset[Feature]
    api_keys: int  # that work at a time


_FREE: frozenset[Feature] = frozenset({"salary-insights", "coverage"})
_BASIC: frozenset[Feature] = frozenset({*_FREE, "revisions", "company-basics"})
_PROFESSIONAL: frozenset[Feature] = frozenset({*_BASIC, "company-insights", "market-trends", "interview-preparation"})
_ENTERPRISE: frozenset[Feature] = frozenset({*_PROFESSIONAL, "custom-analytics", "priority"})

PLANS: dict[PlanName, Plan] = {
    plan.name: plan
    for plan in (
        Plan("free", "Free", 100, 100, _FREE, 2),
        Plan("basic", "Basic", 1_000, BURST, _BASIC, 5),
        Plan("professional", "Professional", 5_000, BURST, _PROFESSIONAL, 20),
        Plan("enterprise", "Enterprise", 20_000, 2 * BURST, _ENTERPRISE, 100),
    )
}


def plan_of(name: str) -> Plan:
    """The plan that a user has; one that is no longer sold gives what the smallest does."""
    return PLANS.get(cast(PlanName, name), PLANS["free"])
