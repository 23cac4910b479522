"""What is in an offer that is bought once, and what of it somebody still has after refunds and disputes.

Pure: everything follows from what was paid, and when. A plan that is bought for good, or for months in a bundle, has
the desktop licence of that plan with it.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from billing.entitlements import Kept
from billing.licences.policies import policy_with
from billing.offers import PlanTime, ever_sold
from billing.payments.models import Payment
from billing.plans import Bundle, Pack, PlanName
from kit.errors import BadInput


@dataclass(frozen=True)
class Time:
    """A plan, for so many months or (None) for good."""

    plan: PlanName
    months: int | None

    @property
    def policy(self) -> str | None:
        """The licence that comes with it."""
        found = policy_with(self.plan)
        return None if found is None else found.name


@dataclass(frozen=True)
class Contents:
    """Everything that an offer gives."""

    credits: int = 0
    times: tuple[Time, ...] = ()


def contents(offer_id: str) -> Contents:
    """What is in the offer, also in one that is sold no longer. Raises BadInput for one that never was."""
    parts = list(_parts(offer_id))
    packs = [part for part in parts if isinstance(part, Pack)]
    times = [Time(part.plan.name, part.period.months) for part in parts if isinstance(part, PlanTime)]
    return Contents(sum(pack.credits for pack in packs), tuple(times))


def with_time() -> list[str]:
    """The offers that have a plan in them."""
    return [id for id in ever_sold() if contents(id).times]


def standing(payments: Iterable[Payment]) -> tuple[list[PlanName], list[Kept]]:
    """The plans that somebody has for good by these payments, and those until a moment. What was withdrawn in full
    gives nothing; months of the same plan follow on each other.
    """
    for_good: list[PlanName] = []
    until: dict[PlanName, datetime] = {}
    for payment in sorted(payments, key=lambda each: (each.paid_at, each.id)):
        if payment.offer is None or payment.withdrawn >= payment.amount:
            continue
        for time in contents(payment.offer).times:
            if time.months is None:
                for_good.append(time.plan)
            else:
                until[time.plan] = later(max(payment.paid_at, until.get(time.plan, payment.paid_at)), time.months)
    return for_good, [Kept(plan, moment) for plan, moment in until.items()]


def later(moment: datetime, months: int) -> datetime:
    """So many months later; the last day of a month that is shorter."""
    year, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + year, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _parts(offer_id: str) -> Iterator[PlanTime | Pack]:
    found = ever_sold().get(offer_id)
    if found is None:
        raise BadInput(f"there never was an offer {offer_id}")
    if isinstance(found, Bundle):
        for id in found.offers:
            yield from _parts(id)
    else:
        yield found
