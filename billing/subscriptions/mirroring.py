"""What Stripe says of a subscription, into our tables, and what follows from it for its user.

Everything is taken from the subscription and its open invoices as they are now, nothing from what they were: so it is
the same whatever was heard before, in whatever order.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from stripe import Invoice, StripeClient

from accounts.context import Context
from accounts.users import repository as users
from billing import monthly
from billing.customers import repository as customers
from billing.offers import plan_in
from billing.overage import repository as overage
from billing.plans import PlanName
from billing.stripe.catalogue import MARK
from billing.subscriptions import entitling, repository

BACK_TO_FREE = "payband_back_to_free"  # in the metadata, when its holder gave up a plan that was not paid for
KEPT_OFFER, KEPT_UNTIL = "payband_kept_offer", "payband_kept_until"  # so, while one is kept that a smaller follows
OWED = ("open", "uncollectible")  # an invoice
# Beside what Stripe sends of a subscription: when the first of those was made, and whether the last invoice was voided.
UNPAID_SINCE, WAIVED = "payband_unpaid_since", "payband_waived"


def fetch(client: StripeClient, subscription_id: str) -> dict[str, Any]:
    """A subscription with its customer, and since when it was not paid for, if it was not; what was voided is owed no
    more, and was not paid either. Blocks.
    """
    found = client.v1.subscriptions.retrieve(subscription_id, {"expand": ["customer"]}).to_dict()
    if found["status"] in ("past_due", "unpaid") or ended_unpaid(found):
        asked: Any = {"subscription": subscription_id, "limit": 100}
        invoices = [each for each in client.v1.invoices.list(asked).auto_paging_iter() if each.status != "draft"]
        found[UNPAID_SINCE] = _unpaid_since(invoices)
        found[WAIVED] = found[UNPAID_SINCE] is None and _last_status(invoices) == "void"
    return found


def _unpaid_since(invoices: list[Invoice]) -> int | None:
    """When the first was made after the last that was paid: what was written off before that is over."""
    paid = max((each.created for each in invoices if each.status == "paid"), default=0)
    return min((each.created for each in invoices if each.status in OWED and each.created > paid), default=None)


def _last_status(invoices: list[Invoice]) -> str | None:
    return max(invoices, key=lambda each: each.created).status if invoices else None


def ended_unpaid(found: Mapping[str, Any]) -> bool:
    """Whether it ended because nobody paid, and its holder has not gone back to the free plan since."""
    reason = (found.get("cancellation_details") or {}).get("reason")
    return found["status"] == "canceled" and reason == "payment_failed" and BACK_TO_FREE not in found["metadata"]


async def mirror(session: AsyncSession, context: Context, found: Mapping[str, Any]) -> None:
    """Keep a subscription as `fetch` read it. One that is not for a plan of ours is left alone."""
    whose = await customers.by_stripe_id(session, found["customer"]) or await repository.by_id(session, found["id"])
    values = read(found)
    if values is None and found["status"] == "canceled":
        await overage.ended(session, found["id"])
    if whose is None or values is None:
        return
    await users.lock(session, whose.user_id)
    await repository.put(session, {"user_id": whose.user_id, **values})
    await _follow(session, context, found["id"], whose.user_id, values["ended_at"])


async def gone(session: AsyncSession, context: Context, subscription_id: str) -> None:
    """Stripe does not know it any more: it is over, and when it ended nobody can tell."""
    known = await repository.by_id(session, subscription_id)
    if known is not None:
        await users.lock(session, known.user_id)
        known.status, known.given_up, known.ended_at = "canceled", True, known.ended_at or context.clock()
        await session.flush()
        await _follow(session, context, known.id, known.user_id, known.ended_at)


async def _follow(
    session: AsyncSession, context: Context, id: str, user_id: uuid.UUID, ended_at: datetime | None
) -> None:
    """What follows from it: while it lives its invoices alone bring credits."""
    if ended_at is not None:
        await monthly.of_subscription(session, context, id)
    await entitling.derive(session, context, user_id)


def read(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """The columns of a subscription; None for one that is not for a plan of ours."""
    item = plan_item(found)
    if item is None:
        return None
    metadata = found.get("metadata") or {}
    offer: str = item["price"]["metadata"][MARK]
    return {
        "id": found["id"],
        "offer": offer,
        "plan": _plan_of(offer),
        "status": found["status"],
        "currency": found["currency"].upper(),
        "created_at": _moment(found["created"]),
        "period_start": _moment(item["current_period_start"]),
        "period_end": _moment(item["current_period_end"]),
        "cancel_at": _moment(found["cancel_at"]),
        "ended_at": _moment(found["ended_at"]),
        "unpaid_since": _moment(found.get(UNPAID_SINCE)),
        "given_up": found["status"] == "canceled" and (not ended_unpaid(found) or found.get(WAIVED, False)),
        "kept_plan": _plan_of(metadata.get(KEPT_OFFER, "")),
        "kept_until": _moment(int(metadata[KEPT_UNTIL])) if KEPT_UNTIL in metadata else None,
    }


def plan_item(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What of the subscription is a plan of ours."""
    items: list[Mapping[str, Any]] = found["items"]["data"]
    return next((each for each in items if _plan_of((each["price"].get("metadata") or {}).get(MARK, ""))), None)


def _plan_of(offer: str) -> PlanName | None:
    plan = plan_in(offer)
    return plan.name if plan else None


def _moment(seconds: int | None) -> Any:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
