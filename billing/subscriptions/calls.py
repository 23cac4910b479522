"""What all that is asked of Stripe for subscriptions shares.

Every function blocks (billing.stripe.client.ask gives it a thread), goes by what Stripe has now and not by what we
mirrored, and raises Refused for what cannot be.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stripe import CardError, InvalidRequestError, StripeClient

from accounts.errors import Refused
from billing.entitlements import NEVER_BEGAN
from billing.money import Currency
from billing.offers import Offer
from billing.stripe import pending
from billing.stripe.catalogue import MARK
from billing.stripe.client import NotSetUp
from billing.stripe.pending import Key
from billing.subscriptions.mirroring import ended_unpaid, plan_item

Found = dict[str, Any]  # a subscription, as Stripe sends it
LIVE = ("trialing", "active", "past_due", "unpaid", "paused")
SECRETS = ["latest_invoice.confirmation_secret", "pending_setup_intent"]
LISTED = [f"data.{each}" for each in SECRETS]


@dataclass(frozen=True)
class Order:
    """What is to be subscribed to. `key` is what the operation is called, where the one who asks has named it."""

    offer: Offer
    currency: Currency
    trial: bool = True
    payment_method: str | None = None
    key: Key | None = None
    tax: bool = False  # reckoned by Stripe


@contextmanager
def refusing() -> Iterator[None]:
    """A card that is declined, and another currency than Stripe has settled on, are the buyer's matter."""
    try:
        yield
    except CardError as error:
        raise Refused("payment-declined", f"{error.user_message or 'The card was declined.'}") from None
    except InvalidRequestError as error:
        if error.param == "currency" or "currencies" in str(error):
            raise Refused("currency-mismatch", "You pay in another currency, and cannot in two.") from None
        if error.param in ("payment_method", "default_payment_method"):
            raise Refused("invalid-parameter", "payment_method: Stripe has none such of yours.") from None
        raise


def price_of(client: StripeClient, offer: Offer) -> str:
    """The id of an offer's price. Raises NotSetUp where the catalogue was not brought to Stripe."""
    found = client.v1.prices.list({"lookup_keys": [offer.id], "active": True, "limit": 1}).data
    if not found:
        raise NotSetUp(f"{offer.id} has no price in Stripe: `payband billing sync` brings it there")
    return found[0].id


def all_of(client: StripeClient, customer: str) -> list[Found]:
    """Every subscription of a customer that is for a plan of ours, newest first."""
    asked: Any = {"customer": customer, "status": "all", "limit": 100, "expand": LISTED}
    found = (each.to_dict() for each in client.v1.subscriptions.list(asked).auto_paging_iter())
    return [each for each in found if plan_item(each) is not None]


def current(client: StripeClient, customer: str, *, also: tuple[str, ...] = (), ended_by: Key | None = None) -> Found:
    """The customer's subscription: one that lives (or is `also` taken), that this operation ended, or ended unpaid.

    Raises Refused (no-subscription).
    """
    there = all_of(client, customer)
    living = next((each for each in there if each["status"] in (*LIVE, *also)), None)
    if living is not None:
        return living
    ended = next((each for each in there if pending.is_marked(each, ended_by)), None)
    if ended is not None:
        return ended
    found = [each for each in there if each["status"] not in NEVER_BEGAN]
    if found and ended_unpaid(found[0]):
        return found[0]
    raise Refused("no-subscription", "You have no subscription.")


def offer_of(found: Mapping[str, Any]) -> str:
    """The id of the offer that it is for."""
    item = plan_item(found)
    assert item is not None  # noqa: S101  all_of sees to it
    return str(item["price"]["metadata"][MARK])


def named(verb: str, key: Key | None) -> Any:
    """Options by which Stripe makes once what its asker has named."""
    return {"idempotency_key": f"payband-{verb}-{key.name}"} if key is not None else {}


def tried(verb: str, key: Key | None) -> Any:
    """So for what is changed, of each try: a card that was declined may be good when it is asked for again, and what
    was done is known by its mark.
    """
    return {"idempotency_key": f"payband-{verb}-{key.name}-{secrets.token_hex(4)}"} if key is not None else {}


def update(client: StripeClient, found: Found, changes: Mapping[str, Any], key: Key | None) -> Found:
    """The subscription, changed so."""
    asked: Any = {**changes, "expand": SECRETS}
    return client.v1.subscriptions.update(found["id"], asked, tried("update", key)).to_dict()
