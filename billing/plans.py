"""What is sold: plans, packs of credits and bundles, each one entry of data. Whatever reads them (limits, the price
list, checkout, the catalogue in Stripe) needs no change for another one; an entry's name, once sold, never means
anything else. What is `sold` no longer stays an entry: somebody has it.

`requests_per_hour` counts in any hour, for all keys and sessions of a user together: more keys give no more requests.
`burst` counts in any BURST_WINDOW_S seconds, for each key or session. It bounds what one caller may take of a server
at once, not what a plan is worth: a small plan may spend its hour in one go, a large one is made to spread it. A
worker answers some thousands of insights a second, so BURST is below a tenth of what it can do in that time.

Prices are set for each currency and not converted: nothing here moves with a rate.
"""

from dataclasses import dataclass
from typing import Literal, cast

from billing.money import Prices

PlanName = Literal["free", "basic", "professional", "enterprise"]
PeriodName = Literal["month", "six-months", "year", "lifetime"]
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
LOW = 5  # the part of a month's credits below which few are left
TRIAL_DAYS = 7  # of a customer's first subscription
GRACE_DAYS = 7  # for which a plan is kept after a payment for it failed
LAPSED = "lapsed"  # in a plan's place: what somebody has whose plan was not paid for when those days were over


@dataclass(frozen=True)
class Plan:
    """One plan. Requests are those of HTTP that reach a door, whatever the answer.

    `credits` come every month; `monthly` is the price of a month, `lifetime` that of all time to come. A plan without
    prices is not sold.
    """

    name: PlanName
    title: str
    requests_per_hour: int
    burst: int
    features: frozenset[Feature]
    api_keys: int  # that work at a time
    credits: int
    monthly: Prices | None = None
    lifetime: Prices | None = None

    @property
    def credits_low(self) -> int:
        """So many credits are few: when less are left, whoever has them is told."""
        return self.credits // LOW


@dataclass(frozen=True)
class Period:
    """How long a plan is paid for at a time; `months` is None for ever."""

    name: PeriodName
    title: str
    months: int | None
    discount_percent: int = 0
    sold: bool = True


@dataclass(frozen=True)
class Pack:
    """Credits that are bought once."""

    name: str
    credits: int
    prices: Prices
    sold: bool = True


@dataclass(frozen=True)
class Bundle:
    """Several offers, by their ids, for less than they cost one by one."""

    name: str
    title: str
    offers: tuple[str, ...]
    discount_percent: int
    sold: bool = True


_FREE: frozenset[Feature] = frozenset({"salary-insights", "coverage"})
_BASIC: frozenset[Feature] = frozenset({*_FREE, "revisions", "company-basics"})
_PROFESSIONAL: frozenset[Feature] = frozenset({*_BASIC, "company-insights", "market-trends", "interview-preparation"})
_ENTERPRISE: frozenset[Feature] = frozenset({*_PROFESSIONAL, "custom-analytics", "priority"})

PLANS: dict[PlanName, Plan] = {
    plan.name: plan
    for plan in (
        Plan("free", "Free", 100, 100, _FREE, 2, 0),
        Plan(
            "basic", "Basic", 1_000, BURST, _BASIC, 5, 100,
            Prices(USD=999, EUR=999, GBP=899, PKR=149_900, INR=49_900, HKD=7_800, AED=3_699, BDT=69_900),
        ),
        Plan(
            "professional", "Professional", 5_000, BURST, _PROFESSIONAL, 20, 400,
            Prices(USD=1_999, EUR=1_999, GBP=1_699, PKR=299_900, INR=99_900, HKD=15_800, AED=7_299, BDT=139_900),
            Prices(USD=49_900, EUR=49_900, GBP=42_900, PKR=7_490_000, INR=2_499_000, HKD=388_800, AED=182_900,
                   BDT=3_499_000),
        ),
        Plan(
            "enterprise", "Enterprise", 20_000, 2 * BURST, _ENTERPRISE, 100, 1_500,
            Prices(USD=4_999, EUR=4_999, GBP=4_299, PKR=749_900, INR=249_900, HKD=38_800, AED=18_299, BDT=349_900),
        ),
    )
}  # fmt: skip

PERIODS: dict[PeriodName, Period] = {
    period.name: period
    for period in (
        Period("month", "a month", 1),
        Period("six-months", "six months", 6, discount_percent=10),
        Period("year", "a year", 12, discount_percent=20),
        Period("lifetime", "for ever", None),
    )
}

PACKS: tuple[Pack, ...] = (
    Pack(
        "credits-50", 50,
        Prices(USD=499, EUR=499, GBP=449, PKR=74_900, INR=24_900, HKD=3_900, AED=1_899, BDT=34_900),
    ),
    Pack(
        "credits-250", 250,
        Prices(USD=1_999, EUR=1_999, GBP=1_799, PKR=299_900, INR=99_900, HKD=15_900, AED=7_399, BDT=139_900),
    ),
    Pack(
        "credits-1000", 1_000,
        Prices(USD=6_999, EUR=6_999, GBP=5_999, PKR=999_900, INR=349_900, HKD=54_900, AED=25_699, BDT=489_900),
    ),
)  # fmt: skip

BUNDLES: tuple[Bundle, ...] = (
    Bundle("job-search", "Job search", ("professional-six-months", "credits-250"), 10),
    Bundle("career-for-life", "Career for life", ("professional-lifetime", "credits-1000"), 15),
)


OVERAGE_REQUESTS = 1_000  # requests above a plan's hourly limit, for
OVERAGE = Prices(USD=50, EUR=50, GBP=45, PKR=7_500, INR=2_500, HKD=390, AED=190, BDT=3_500)


def plan_of(name: str) -> Plan:
    """The plan that a user has; one that is no longer sold gives what the smallest does, and so does LAPSED."""
    return PLANS.get(cast(PlanName, name), PLANS["free"])
