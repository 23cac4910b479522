"""What a customer has opened at Stripe and could still pay. It is closed where another thing takes its place, so that
nobody pays for both. Functions block (billing.stripe.client.ask gives them a thread).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from stripe import InvalidRequestError, StripeClient

from accounts.errors import Refused

Found = dict[str, Any]  # a checkout session or a payment intent, as Stripe sends it
OPERATION = "payband_operation"  # in the metadata of what was opened: what its asker has named it
PAID = ("processing", "requires_capture", "succeeded")  # an intent, or as good as
WAIT_S = "2"


def close_pages(client: StripeClient, customer: str, key: str | None, such: Callable[[Found], bool]) -> Found | None:
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
    client: StripeClient, customer: str, key: str | None, such: Callable[[Found], bool], known: Collection[str]
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


def marked(key: str | None) -> dict[str, str]:
    """Metadata by which an operation knows again what it has opened."""
    return {} if key is None else {OPERATION: key}


def is_marked(found: Found, key: str | None) -> bool:
    """Whether this operation has opened it, or changed it last."""
    return key is not None and found["metadata"].get(OPERATION) == key


@contextmanager
def _closing() -> Iterator[None]:
    try:
        yield
    except InvalidRequestError:
        told = "What you opened before is being paid just now."
        raise Refused("in-progress", told, {"Retry-After": WAIT_S}) from None
