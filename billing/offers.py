"""Everything that can be bought, made from billing.plans: a plan for a period, a pack of credits, a bundle of those.

An offer's id is what a client names, and the lookup key of its price in Stripe.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from accounts.errors import Refused
from billing.money import Prices
from billing.plans import BUNDLES, PACKS, PERIODS, PLANS, Bundle, Pack, Period, Plan
from kit.errors import BadInput


@dataclass(frozen=True)
class PlanTime:
    """A plan for a period."""

    plan: Plan
    period: Period

    @property
    def id(self) -> str:
        """Of the offer."""
        return f"{self.plan.name}-{self.period.name}"


@dataclass(frozen=True)
class Offer:
    """One thing that can be bought. `full` is what it would cost without its discount."""

    id: str
    title: str
    of: PlanTime | Pack | Bundle
    full: Prices
    discount_percent: int = 0

    @property
    def prices(self) -> Prices:
        """What is paid."""
        return self.full.less(self.discount_percent)


@cache
def ever_sold() -> dict[str, PlanTime | Pack | Bundle]:
    """What may have been bought by each id, also what is sold no longer."""
    times = (PlanTime(plan, period) for plan in PLANS.values() for period in PERIODS.values())
    packs, bundles = {each.name: each for each in PACKS}, {each.name: each for each in BUNDLES}
    return {**{each.id: each for each in times}, **packs, **bundles}


@cache
def offers() -> dict[str, Offer]:
    """Every offer that is sold, by its id."""
    single = {each.id: each for each in (*_plans(), *_packs())}
    return single | {bundle.name: _bundle(bundle, single) for bundle in BUNDLES if bundle.sold}


def offer(id: str) -> Offer:
    """The offer of this id. Raises BadInput for one that is not sold."""
    try:
        return offers()[id]
    except KeyError:
        raise BadInput(f"there is no offer {id}; there are {', '.join(offers())}") from None


def offer_with(id: str) -> Offer:
    """The offer with the id that a buyer names. Raises Refused (no-such-offer)."""
    found = offers().get(id)
    if found is None:
        raise Refused("no-such-offer", "There is no such offer: GET /api/v1/pricing-plans lists them.")
    return found


def plan_in(id: str) -> Plan | None:
    """The plan of an offer, also of one that is sold no longer: its id begins with the plan's name."""
    return next((plan for plan in PLANS.values() if id.startswith(f"{plan.name}-")), None)


def _plans() -> Iterator[Offer]:
    for plan in PLANS.values():
        for period in (each for each in PERIODS.values() if each.sold):
            price = plan.lifetime if period.months is None else plan.monthly and plan.monthly.times(period.months)
            if price is not None:
                of, title = PlanTime(plan, period), f"{plan.title}, {period.title}"
                yield Offer(of.id, title, of, price, period.discount_percent)


def _packs() -> Iterator[Offer]:
    for pack in PACKS:
        if pack.sold:
            yield Offer(pack.name, f"{pack.credits:,} credits", pack, pack.prices)


def _bundle(bundle: Bundle, single: dict[str, Offer]) -> Offer:
    first, *others = (single[id].prices for id in bundle.offers)
    return Offer(bundle.name, bundle.title, bundle, sum(others, first), bundle.discount_percent)
