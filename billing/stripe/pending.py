"""What a customer has opened at Stripe and could still pay. It is closed where another thing takes its place, so that
nobody pays for both. Functions block (billing.stripe.client.ask gives them a thread).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stripe import InvalidRequestError, StripeClient

from accounts.errors import Refused
from accounts.idempotency.service import KEPT

Found = dict[str, Any]  # a checkout session or a payment intent, as Stripe sends it
OPERATION = "payband_operation"  # in the metadata of what was opened or changed: what its asker has named that
CHANGED_AT = "payband_operation_at"  # so, of what was changed: when, in seconds
PAID = ("processing", "requires_capture", "succeeded")  # an intent, or as good as
WAIT_S = "2"


@dataclass(frozen=True)
class Key:
    """What its asker has named an operation, and when they ask for it: a day later it names another."""

    name: str
    at: datetime


def close_pages(client: StripeClient, customer: str, key: Key | None, such: Callable[[Found], bool]) -> Found | None:
    """Close such pages of a customer's, but for the one that this very operation has opened: that is answered.

    Raises Refused (in-progress) while one is being paid on.
    """
    mine, asked = None, {"customer": customer, "status": "open", "limit": 100}
    pages = client.v1.checkout.sessions.list(asked)  # type: ignore[arg-type]
    for page in [each.to_dict() for each in pages.auto_paging_iter()]:
        if is_marked(page, key):
            mine = page
        elif such(page):
            with _closing():
                client.v1.checkout.sessions.expire(page["id"])
    return mine


def cancel_intents(
    client: StripeClient, customer: str, key: Key | None, such: Callable[[Found], bool], known: Collection[str]
) -> None:
    """Cancel such payment intents of a customer's, but for this operation's own and those that are `known` to be paid.

    Raises Refused: conflict for another that is paid, in-progress for one that is being paid.
    """
    intents = client.v1.payment_intents.list({"customer": customer, "limit": 100})
    for intent in [each.to_dict() for each in intents.auto_paging_iter()]:
        if intent["id"] in known or intent["status"] == "canceled" or is_marked(intent, key) or not such(intent):
            continue
        if intent["status"] in PAID:
            raise Refused("conflict", "You have paid for it already, or are about to: it follows when we hear of that.")
        with _closing():
            client.v1.payment_intents.cancel(intent["id"])


def opened_by(key: Key | None) -> dict[str, str]:
    """Metadata by which an operation knows again what it has opened."""
    return {} if key is None else {OPERATION: key.name}


def changed_by(key: Key | None) -> dict[str, str]:
    """So for what it has changed. Of an operation without a name nothing is left but that it was none of before."""
    if key is None:
        return {OPERATION: "", CHANGED_AT: ""}
    return {OPERATION: key.name, CHANGED_AT: str(int(key.at.timestamp()))}


def is_marked(found: Found, key: Key | None) -> bool:
    """Whether this operation has opened it, or changed it last: within the day for which a key is kept."""
    metadata = found["metadata"]
    if key is None or metadata.get(OPERATION) != key.name:
        return False
    return key.at.timestamp() - int(metadata.get(CHANGED_AT, found["created"])) < KEPT.total_seconds()


@contextmanager
def _closing() -> Iterator[None]:
    try:
        yield
    except InvalidRequestError:
        told = "What you opened before is being paid just now."
        raise Refused("in-progress", told, {"Retry-After": WAIT_S}) from None
