"""What Stripe says of a payment or an invoice, into our tables, and what follows from it for its user.

A payment is read with its refunds and disputes, an invoice with its payments. Nothing is kept of a payment that has not
succeeded: what has, never fails again, and goes back by refunds and disputes alone.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from stripe import StripeClient

from accounts import audit
from accounts.audit import SYSTEM, Action, Event
from accounts.audit.events import Value
from accounts.context import Context
from accounts.users import repository as users
from billing import fulfilment
from billing.customers import repository as customers
from billing.payments import repository
from billing.payments.models import GOES_BACK, WITHDRAWN, Dispute, Invoice, InvoiceLine, Payment, Refund
from billing.stripe.catalogue import MARK, offer_of

Found = dict[str, Any]
PAGE = 100
WHOLE = 95  # per cent of a payment from which on a dispute is over all of it


def fetch(client: StripeClient, id: str) -> Found:
    """The payment with its customer, charge, refunds and disputes."""
    intent = client.v1.payment_intents.retrieve(id, {"expand": ["customer", "latest_charge"]}).to_dict()
    wanted: Any = {"payment_intent": id, "limit": PAGE}
    refunds = [each.to_dict() for each in client.v1.refunds.list(wanted).auto_paging_iter()]
    disputes = [each.to_dict() for each in client.v1.disputes.list(wanted).auto_paging_iter()]
    return intent | {"refunds": refunds, "disputes": disputes}


def fetch_invoice(client: StripeClient, id: str) -> Found:
    """The invoice with its customer and payments, and all of its lines."""
    found = client.v1.invoices.retrieve(id, {"expand": ["customer", "payments"]}).to_dict()
    lines = client.v1.invoices.line_items.list(id, {"limit": PAGE}).auto_paging_iter()
    return found | {"lines": [each.to_dict() for each in lines]}


async def mirror(session: AsyncSession, context: Context, found: Found) -> None:
    """Keep a payment as it was read by `fetch` (its customer by id), and give what was paid for. Raises BadInput."""
    if found.get("deleted") or found["status"] != "succeeded":
        return
    known = await repository.payment(session, found["id"])
    whose = known or await customers.by_stripe_id(session, found["customer"] or "")
    if whose is None:
        return
    await users.lock(session, whose.user_id)  # first: whatever else is held is held under it
    of_user = {"user_id": whose.user_id, "payment_id": found["id"]}
    await repository.put(session, Payment, {"user_id": whose.user_id, **_payment(found)})
    for each in found["refunds"]:
        await repository.put(session, Refund, of_user | _refund(each))
    for each in found["disputes"]:
        await repository.put(session, Dispute, of_user | _refund(each) | {"reason": each["reason"]})
    payment = await repository.payment(session, found["id"], to_change=True)
    assert payment is not None  # noqa: S101  put above
    await fulfilment.settle(session, context, payment)
    if known is None:
        await _record(session, context, payment)


async def mirror_invoice(session: AsyncSession, context: Context, found: Found) -> None:
    """Keep an invoice as it was read by `fetch_invoice` (its customer by id)."""
    if found.get("deleted") or found["status"] == "draft":
        return
    known = await repository.invoice(session, found["id"])
    whose = known or await customers.by_stripe_id(session, found["customer"] or "")
    if whose is None:
        return
    await users.lock(session, whose.user_id)
    await repository.put(session, Invoice, {"user_id": whose.user_id, **_invoice(found)})
    for each in found["lines"]:
        await repository.put(session, InvoiceLine, {"user_id": whose.user_id, "invoice_id": found["id"], **_line(each)})
    invoice = await repository.invoice(session, found["id"])
    assert invoice is not None  # noqa: S101  put above
    await fulfilment.settle_invoice(session, context, invoice)


def _payment(found: Found) -> Found:
    """What is kept of a payment that succeeded."""
    charge = found["latest_charge"] or {}
    refunded = sum(each["amount"] for each in found["refunds"] if each["status"] in GOES_BACK)
    rest, currency = found["amount_received"] - refunded, found["currency"]
    standing = [each for each in found["disputes"] if each["status"] in WITHDRAWN]
    return {
        "id": found["id"],
        "offer": (found.get("metadata") or {}).get(MARK),
        "amount": found["amount_received"],
        "currency": currency.upper(),
        "paid_at": _moment(charge.get("created") or found["created"]),
        "refunded": refunded,
        "disputed": sum(_taken(each, rest, currency) for each in standing),
        "lost": sum(_taken(each, rest, currency) for each in standing if each["status"] == "lost"),
    }


def _taken(dispute: Found, rest: int, currency: str) -> int:
    """How much of what was not refunded it takes: the bank reckons its amount at its own rate, or in its currency."""
    whole = dispute["currency"] != currency or dispute["amount"] * 100 >= rest * WHOLE
    return rest if whole else int(dispute["amount"])


def _refund(found: Found) -> Found:
    told = {name: found[name] for name in ("id", "amount", "status")}
    return told | {"currency": found["currency"].upper(), "created_at": _moment(found["created"])}


def _invoice(found: Found) -> Found:
    """What is kept of an invoice that is no draft."""
    made = [each for each in (found.get("payments") or {}).get("data", []) if each["status"] == "paid"]
    paid_by = [each["payment"].get("payment_intent") for each in made]
    parent = (found.get("parent") or {}).get("subscription_details") or {}
    return {
        "id": found["id"],
        "number": found["number"],
        "subscription": parent.get("subscription"),
        "payment_id": next((each for each in paid_by if each), None),
        "status": found["status"],
        "total": found["total"],
        "paid": found["amount_paid"],
        "currency": found["currency"].upper(),
        "period_start": _moment(found["period_start"]),
        "period_end": _moment(found["period_end"]),
        "created_at": _moment(found["created"]),
        "paid_at": _moment((found.get("status_transitions") or {}).get("paid_at")),
    }


def _line(found: Found) -> Found:
    parent = found.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    sold = (found.get("pricing") or {}).get("price_details") or {}
    return {
        "id": found["id"],
        "offer": offer_of(sold.get("product") or ""),
        "amount": found["amount"],
        "period_start": _moment(found["period"]["start"]),
        "period_end": _moment(found["period"]["end"]),
        "proration": bool(details.get("proration")),
    }


def _moment(seconds: int | None) -> Any:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


async def _record(session: AsyncSession, context: Context, payment: Payment) -> None:
    told: dict[str, Value] = {"amount": payment.amount, "currency": payment.currency, "offer": payment.offer}
    made = Event(Action.PAYMENT_MADE, payment.user_id, SYSTEM, told | {"payment_id": payment.id})
    await audit.record(session, context, made)
