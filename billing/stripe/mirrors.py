"""What we keep of objects in Stripe: how each kind is read there, and who writes down what was read.

A mirror is written from what the object is now, never from what an event told of it, so that neither the order nor the
number of events matters. A kind is one entry here. Objects that say something of another are seen with that one.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession
from stripe import InvalidRequestError, StripeClient

from accounts.context import Context
from billing.customers import service as customers
from billing.payments import mirroring as payments
from billing.stripe.client import ask
from billing.subscriptions import mirroring as subscriptions

NAME = re.compile(r"[A-Za-z0-9_.-]{1,255}")
ENDED = "payband_ended"  # beside what Stripe sends of an invoice
Found = dict[str, Any]  # an object as Stripe sends it, with what was read beside it


class Mirror(NamedTuple):
    """`read` asks Stripe (and may ask more than once), `write` is our own transaction; both bear being done twice.

    Of an object that Stripe has no more `write` is given id, object and `deleted: True`.
    """

    read: Callable[[StripeClient, str], Found]
    write: Callable[[AsyncSession, Context, Found], Awaitable[None]]


def _customer(client: StripeClient, id: str) -> Found:
    return client.v1.customers.retrieve(id).to_dict()


async def _write_subscription(session: AsyncSession, context: Context, found: Found) -> None:
    if found.get("deleted"):
        await subscriptions.gone(session, context, found["id"])
        return
    await subscriptions.mirror(session, context, await _of_customer(session, context, found))


async def _write_payment(session: AsyncSession, context: Context, found: Found) -> None:
    await payments.mirror(session, context, await _of_customer(session, context, found))


def _invoice(client: StripeClient, id: str) -> Found:
    """With its subscription where that has ended: Stripe tells nothing of one when its debt is paid after all, or
    waived.
    """
    found = payments.fetch_invoice(client, id)
    of = ((found.get("parent") or {}).get("subscription_details") or {}).get("subscription")
    ended = subscriptions.fetch(client, of) if of and found["status"] in ("paid", "void") else None
    return found | {ENDED: ended if ended is not None and ended["status"] == "canceled" else None}


async def _write_invoice(session: AsyncSession, context: Context, found: Found) -> None:
    if found.get(ENDED):
        await _write_subscription(session, context, found[ENDED])
    await payments.mirror_invoice(session, context, await _of_customer(session, context, found))


async def _of_customer(session: AsyncSession, context: Context, found: Found) -> Found:
    """The same with its customer's id alone; nobody knows whose it is until the customer is mirrored."""
    customer = found.get("customer")
    if customer is None:
        return found
    if not customer.get("deleted"):
        await customers.mirror(session, context, customer)
    return found | {"customer": customer["id"]}


MIRRORS: dict[str, Mirror] = {
    "customer": Mirror(_customer, customers.mirror),
    "subscription": Mirror(subscriptions.fetch, _write_subscription),
    "payment_intent": Mirror(payments.fetch, _write_payment),
    "invoice": Mirror(_invoice, _write_invoice),
}
SEEN_WITH = {
    **dict.fromkeys(("charge", "refund", "dispute", "checkout.session"), "payment_intent"),
    "invoice_payment": "invoice",
}


def subject(told: Found) -> tuple[str, str | None]:
    """Kind and id of what is to be read when this object was told of; an id that is none of Stripe's is None."""
    kind, id = told.get("object"), told.get("id")
    other = SEEN_WITH.get(str(kind))
    if other is not None and isinstance(told.get(other), str):
        kind, id = other, told[other]
    return _name(kind) or "", _name(id)


def _name(given: object) -> str | None:
    return given if isinstance(given, str) and NAME.fullmatch(given) else None


async def read(client: StripeClient, kind: str, id: str) -> Found:
    """The object as it is now. Raises StripeAway, Permanent or BadInput."""

    def found() -> Found:
        try:
            return MIRRORS[kind].read(client, id)
        except InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
            return {"id": id, "object": kind, "deleted": True}

    return await ask(found)
