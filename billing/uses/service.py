"""How a use of a priced service is paid: set aside before it is made, paid when it is given, else given back.

Who asks for something may have it for nothing by their plan, by a quota of their plan (billing.services), or because
they were given the same answer of the same release within AGAIN; the rest they pay with credits. Nothing is paid of an
order whose process died: what it set aside comes back when its lease is over. The user's books are held meanwhile
(billing.credits), so that two orders at once share neither a quota nor a credit.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from billing.credits import reading
from billing.credits import service as credits
from billing.credits.operations import too_few
from billing.credits.service import Asked
from billing.plans import Plan
from billing.services import SERVICES, Quota, Service
from billing.uses import repository
from billing.uses.models import ServiceUse
from kit.identifiers import uuid7

LEASE = timedelta(minutes=5)  # within which whatever is asked for is made
AGAIN = timedelta(hours=24)  # in which the same answer of the same release is not paid again
KEPT = timedelta(days=62)  # longer than any quota counts


class Buyer(NamedTuple):
    """Who asks; `may_spend` is whether their credential may pay with credits."""

    user_id: uuid.UUID
    plan: Plan
    may_spend: bool


class Standing(NamedTuple):
    """How far a quota is used, and when it begins anew."""

    service: Service
    quota: Quota
    used: int
    resets_at: datetime

    @property
    def left(self) -> int:
        """Units that it still pays for."""
        return max(0, self.quota.units - self.used)


@dataclass(frozen=True)
class Order:
    """Something that is being made. `included` units of it a quota would pay, `bought` more the credits reserved."""

    id: uuid.UUID
    service: Service
    included: int
    bought: int
    reservation_id: uuid.UUID | None
    lease_until: datetime


@dataclass(frozen=True)
class Bill:
    """What `given` units cost: `repeated` were paid before, `included` by the plan, the others cost `credits` together.

    `available` is what is left to spend; None to who may not spend.
    """

    given: int
    repeated: int
    included: int
    credits: int
    available: int | None


class _Terms(NamedTuple):
    """How units would be paid: `fresh` are those that were not given before, of which `included` cost nothing."""

    fresh: list[bytes]
    included: int
    standing: Standing | None


async def quote(
    session: AsyncSession, context: Context, buyer: Buyer, service: Service, given: Sequence[bytes]
) -> Bill:
    """What these units would cost now, nothing being paid. Raises Refused quota-reached where none can be bought."""
    available = await _available(session, context, buyer)
    terms = await _terms(session, context.clock(), buyer, service, given)
    if len(terms.fresh) > terms.included and not _sold(buyer, service):
        raise _refused(context, buyer, service, terms, len(terms.fresh), available)
    return _bill(buyer, service, given, terms.fresh, terms.included, available)


async def reserve(
    session: AsyncSession, context: Context, buyer: Buyer, service: Service, digests: Sequence[bytes]
) -> Order:
    """Set aside what these units take at most, as far as there is so much: what of them is given shows later.

    Raises Refused where not one could be paid: insufficient-credits, quota-reached.
    """
    await credits.hold(session, buyer.user_id)
    available, now = await _available(session, context, buyer), context.clock()
    terms = await _terms(session, now, buyer, service, digests)
    price = service.credits or 0
    wanted = len(terms.fresh) - terms.included
    bought = min(wanted, available // price) if _sold(buyer, service) else 0
    if terms.fresh and not terms.included and not bought:
        takes = "takes up to" if wanted > 1 else "takes"
        raise _refused(context, buyer, service, terms, wanted, available, takes)
    order_id, reserved = uuid7(now), None
    if bought:
        asked = Asked(f"use:{order_id}")
        reserved = await credits.reserve(session, context, buyer.user_id, bought * price, LEASE, asked)
    order = Order(order_id, service, terms.included, bought, reserved.id if reserved else None, now + LEASE)
    aside = terms.fresh[: terms.included] if terms.standing else []
    await _note(session, buyer, order, aside, now, lease_until=order.lease_until)
    return order


async def settle(session: AsyncSession, context: Context, buyer: Buyer, order: Order, given: Sequence[bytes]) -> Bill:
    """Pay for the units that were given, and give back the rest.

    Raises Refused, when nothing may be given: reservation-over; insufficient-credits or quota-reached where more was
    made than could be set aside.
    """
    await credits.hold(session, buyer.user_id)
    now, service = context.clock(), order.service
    if order.lease_until <= now:
        raise Refused("reservation-over", "It took too long: what was set aside for it was given back.")
    await repository.give_up(session, buyer.user_id, order.id)
    terms = await _terms(session, now, buyer, service, given)
    included = len(terms.fresh) if service.free_with(buyer.plan) else min(len(terms.fresh), order.included)
    bought = len(terms.fresh) - included
    if bought > order.bought:
        available = await _available(session, context, buyer) + order.bought * (service.credits or 0)
        raise _refused(context, buyer, service, terms, bought, available)
    await _pay(session, context, buyer, order, bought)
    await _note(session, buyer, order, terms.fresh, now, included=included)
    return _bill(buyer, service, given, terms.fresh, included, await _available(session, context, buyer))


async def release(session: AsyncSession, context: Context, buyer: Buyer, order: Order) -> None:
    """Give back what was set aside: nothing is given. Raises Refused where that was done, or it was paid."""
    await credits.hold(session, buyer.user_id)
    await repository.give_up(session, buyer.user_id, order.id)
    await _pay(session, context, buyer, order, 0)


async def standings(session: AsyncSession, context: Context, user_id: uuid.UUID, plan: Plan) -> list[Standing]:
    """How far each quota of the plan is used."""
    found = (await _standing(session, context.clock(), user_id, plan, service) for service in SERVICES.values())
    return [standing async for standing in found if standing is not None]


async def forget_old(session: AsyncSession, context: Context) -> None:
    """Remove what no quota and no answer depends on any more."""
    await repository.forget_before(session, context.clock() - KEPT)


async def _terms(
    session: AsyncSession, now: datetime, buyer: Buyer, service: Service, digests: Iterable[bytes]
) -> _Terms:
    once = list(dict.fromkeys(digests))
    known = await repository.given(session, buyer.user_id, once, now - AGAIN) if once else set()
    fresh = [digest for digest in once if digest not in known]
    if service.free_with(buyer.plan):
        return _Terms(fresh, len(fresh), None)
    standing = await _standing(session, now, buyer.user_id, buyer.plan, service)
    return _Terms(fresh, min(len(fresh), standing.left) if standing else 0, standing)


async def _standing(
    session: AsyncSession, now: datetime, user_id: uuid.UUID, plan: Plan, service: Service
) -> Standing | None:
    quota = service.quota_of(plan)
    if quota is None:
        return None
    start, end = quota.span(now)
    return Standing(service, quota, await repository.counted(session, user_id, service.name, start, now), end)


def _sold(buyer: Buyer, service: Service) -> bool:
    return service.credits is not None and buyer.may_spend


async def _available(session: AsyncSession, context: Context, buyer: Buyer) -> int:
    return (await reading.balance(session, context, buyer.user_id)).available if buyer.may_spend else 0


async def _pay(session: AsyncSession, context: Context, buyer: Buyer, order: Order, bought: int) -> None:
    """End the order's reservation, so many units being bought."""
    if order.reservation_id is None:
        return
    asked = Asked(f"use:{order.id}:end")
    if bought:
        amount = bought * (order.service.credits or 0)
        await credits.commit(session, context, buyer.user_id, order.reservation_id, amount, asked)
    else:
        await credits.release(session, context, buyer.user_id, order.reservation_id, asked)


async def _note(
    session: AsyncSession, buyer: Buyer, order: Order, digests: Collection[bytes], now: datetime, *,
    included: int | None = None, lease_until: datetime | None = None,
) -> None:  # fmt: skip
    """Note units, of which the first `included` cost nothing: all of them, without a number."""
    for number, digest in enumerate(digests):
        price = 0 if included is None or number < included else order.service.credits or 0
        use = ServiceUse(id=uuid7(now), user_id=buyer.user_id, order_id=order.id, service=order.service.name)
        use.digest, use.credits, use.lease_until, use.at = digest, price, lease_until, now
        session.add(use)
    await session.flush()


def _bill(
    buyer: Buyer, service: Service, given: Sequence[bytes], fresh: list[bytes], included: int, available: int
) -> Bill:
    price = (len(fresh) - included) * (service.credits or 0)
    return Bill(len(given), len(given) - len(fresh), included, price, available if buyer.may_spend else None)


def _refused(
    context: Context, buyer: Buyer, service: Service, terms: _Terms, units: int, available: int, takes: str = "takes"
) -> Refused:
    """Why so many units cannot be paid: what they cost and what there is, or when the quota begins anew."""
    told, facts, headers = "", dict[str, object](), dict[str, str]()
    if terms.standing is not None:
        standing = terms.standing
        ends = standing.resets_at
        told = f" Your plan includes {standing.quota.units} a {standing.quota.reset}, anew at {ends.isoformat()}."
        facts = {"quota": standing.quota.units, "used": standing.used, "resets_at": ends.isoformat()}
        headers = {"Retry-After": str(int((ends - context.clock()).total_seconds()) + 1)}
    if _sold(buyer, service):
        cost = units * (service.credits or 0)
        facts |= {"credits": cost, "available": available}
        return Refused("insufficient-credits", too_few(cost, available, takes) + told, facts=facts)
    how = " More are paid with credits, by a credential with the scope billing:write." if service.credits else ""
    return Refused("quota-reached", f"No more of {service.name} is included.{told}{how}", headers, facts)
