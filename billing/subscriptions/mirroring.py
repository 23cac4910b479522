"""What Stripe says of a subscription, into our tables, and what follows from it for its user.

Everything is taken from the subscription as it is now (and its last invoice, which is read with it), nothing from what
it was: so it is the same whatever was heard before, in whatever order.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from billing.customers import repository as customers
from billing.plans import PLANS, PlanName
from billing.stripe.catalogue import MARK
from billing.subscriptions import entitling, repository

EXPAND = ["latest_invoice"]
BACK_TO_FREE = "payband_back_to_free"  # in the metadata, when its holder gave up a plan that was not paid for
KEPT_PLAN, KEPT_UNTIL = "payband_kept_plan", "payband_kept_until"  # so, while a plan is kept that a smaller one follows
OWING = ("past_due", "unpaid", "canceled")
OPEN = ("open", "uncollectible")


async def mirror(session: AsyncSession, context: Context, found: Mapping[str, Any]) -> None:
    """Keep a subscription as it was read, with EXPAND. One that is not for a plan of ours is left alone."""
    whose = await customers.by_stripe_id(session, found["customer"]) or await repository.by_id(session, found["id"])
    values = read(found)
    if whose is None or values is None:
        return
    await repository.put(session, {"user_id": whose.user_id, **values})
    await entitling.derive(session, context, whose.user_id)


async def gone(session: AsyncSession, context: Context, subscription_id: str) -> None:
    """Stripe does not know it any more: it is over."""
    known = await repository.by_id(session, subscription_id)
    if known is not None:
        known.status, known.given_up = "canceled", True
        await session.flush()
        await entitling.derive(session, context, known.user_id)


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
        "plan": _plan_in(offer),
        "status": found["status"],
        "currency": found["currency"].upper(),
        "created_at": _moment(found["created"]),
        "period_start": _moment(item["current_period_start"]),
        "period_end": _moment(item["current_period_end"]),
        "cancel_at": _moment(found["cancel_at"]),
        "unpaid_since": _unpaid_since(found),
        "given_up": _given_up(found, metadata),
        "kept_plan": metadata.get(KEPT_PLAN),
        "kept_until": _moment(int(metadata[KEPT_UNTIL])) if KEPT_UNTIL in metadata else None,
    }


def plan_item(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What of the subscription is a plan of ours."""
    items: list[Mapping[str, Any]] = found["items"]["data"]
    return next((each for each in items if _plan_in((each["price"].get("metadata") or {}).get(MARK, ""))), None)


def _plan_in(offer: str) -> PlanName | None:
    """An offer's name begins with that of its plan, also when it is sold no longer."""
    return next((plan for plan in PLANS if offer.startswith(f"{plan}-")), None)


def _unpaid_since(found: Mapping[str, Any]) -> datetime | None:
    invoice = found.get("latest_invoice")
    owed = found["status"] in OWING and isinstance(invoice, Mapping) and invoice["status"] in OPEN
    return _moment(invoice["created"]) if owed and isinstance(invoice, Mapping) else None


def _given_up(found: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
    if found["status"] != "canceled":
        return False
    reason = (found.get("cancellation_details") or {}).get("reason")
    return reason != "payment_failed" or BACK_TO_FREE in metadata


def _moment(seconds: int | None) -> Any:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
