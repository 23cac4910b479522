"""What is asked of Stripe for subscriptions.

Every function blocks (billing.stripe.client.ask gives it a thread), goes by what Stripe has now and not by what we
mirrored, and raises Refused for what cannot be.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stripe import CardError, InvalidRequestError, StripeClient

from accounts.errors import Refused
from billing.entitlements import NEVER_BEGAN
from billing.money import Currency
from billing.offers import Offer
from billing.plans import TRIAL_DAYS
from billing.stripe import pending
from billing.stripe.catalogue import MARK
from billing.stripe.client import NotSetUp
from billing.subscriptions.mirroring import BACK_TO_FREE, ended_unpaid, plan_item

Found = dict[str, Any]  # a subscription, as Stripe sends it
LIVE = ("trialing", "active", "past_due", "unpaid", "paused")
SECRETS = ["latest_invoice.confirmation_secret", "pending_setup_intent"]
LISTED = [f"data.{each}" for each in SECRETS]
ENDS_WITHOUT_CARD: Any = {"end_behavior": {"missing_payment_method": "cancel"}}


@dataclass(frozen=True)
class Order:
    """What is to be subscribed to. `key` is what the operation is called, where the one who asks has named it."""

    offer: Offer
    currency: Currency
    trial: bool = True
    payment_method: str | None = None
    key: str | None = None
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


def current(client: StripeClient, customer: str, *, also: tuple[str, ...] = (), ended_by: str | None = None) -> Found:
    """The customer's subscription: one that lives (or is `also` taken), that this operation ended, or ended unpaid.

    Raises Refused (no-subscription).
    """
    there = all_of(client, customer)
    living = next((each for each in there if each["status"] in (*LIVE, *also)), None)
    if living is not None:
        return living
    if there and pending.is_marked(there[0], ended_by):
        return there[0]
    found = [each for each in there if each["status"] not in NEVER_BEGAN]
    if found and ended_unpaid(found[0]):
        return found[0]
    raise Refused("no-subscription", "You have no subscription.")


def offer_of(found: Mapping[str, Any]) -> str:
    """The id of the offer that it is for."""
    item = plan_item(found)
    assert item is not None  # noqa: S101  all_of sees to it
    return str(item["price"]["metadata"][MARK])


def begin(client: StripeClient, customer: str, order: Order) -> Found:
    """Subscribe, or the same subscription where there is one. Raises Refused: already-subscribed, payment-declined,
    currency-mismatch, invalid-parameter, in-progress.
    """
    close_pages(client, customer, None)
    there = all_of(client, customer)
    same = continued(there, order)
    if same is not None:
        return _paid_with(client, customer, same, order.payment_method)
    for each in there:
        if each["status"] == "incomplete":  # somebody chose anew before paying
            client.v1.subscriptions.cancel(each["id"])
    with refusing():
        return _create(client, customer, order, first=all(each["status"] in NEVER_BEGAN for each in there))


def _paid_with(client: StripeClient, customer: str, found: Found, method: str | None) -> Found:
    """The same, its first invoice paid with the card that was given, if it was not: Stripe keeps that for the next. A
    trial without a card has that one from then on.
    """
    if method is not None and found["status"] == "trialing" and found["default_payment_method"] is None:
        with refusing():
            card = client.v1.payment_methods.attach(method, {"customer": customer})
            return _update(client, found, {"default_payment_method": card.id}, {})
    invoice = found["latest_invoice"]
    if method is None or found["status"] != "incomplete" or invoice is None or invoice["status"] != "open":
        return found
    with refusing():
        card = client.v1.payment_methods.attach(method, {"customer": customer})
        try:
            client.v1.invoices.pay(invoice["id"], {"payment_method": card.id, "off_session": False})
        except CardError as error:
            if error.code != "invoice_payment_intent_requires_action":  # the buyer confirms it, as at the beginning
                raise
    asked: Any = {"expand": SECRETS}
    return client.v1.subscriptions.retrieve(found["id"], asked).to_dict()


def close_pages(client: StripeClient, customer: str, key: str | None) -> Found | None:
    """Close the pages on which a subscription could begin, but for this operation's own, which is answered."""
    return pending.close_pages(client, customer, key, lambda page: page["mode"] == "subscription")


def continued(there: list[Found], order: Order) -> Found | None:
    """The subscription that is what was ordered; None where there is none. Raises Refused (already-subscribed)."""
    for each in there:
        same = (offer_of(each), each["currency"].upper()) == (order.offer.id, order.currency)
        if same and each["status"] in (*LIVE, "incomplete"):
            return each
        if each["status"] in LIVE:
            told = f"You are subscribed to {offer_of(each)}: change it by POST /api/v1/subscriptions/change."
            raise Refused("already-subscribed", told)
    return None


def trial(order: Order, *, first: bool) -> dict[str, Any]:
    """Parameters of the trial that a customer's first subscription has; one without a card ends with it."""
    tried = order.trial and first
    return {"trial_period_days": TRIAL_DAYS, "trial_settings": ENDS_WITHOUT_CARD} if tried else {}


def _create(client: StripeClient, customer: str, order: Order, *, first: bool) -> Found:
    asked: Any = {
        "customer": customer,
        "items": [{"price": price_of(client, order.offer)}],
        "currency": order.currency.lower(),
        "payment_behavior": "default_incomplete",
        "payment_settings": {"save_default_payment_method": "on_subscription"},
        "expand": SECRETS,
        **trial(order, first=first),
    }
    if order.payment_method is not None:
        method = client.v1.payment_methods.attach(order.payment_method, {"customer": customer})
        asked |= {"default_payment_method": method.id, "payment_behavior": "allow_incomplete"}
    if order.tax:
        asked["automatic_tax"] = {"enabled": True}
    return client.v1.subscriptions.create(asked, named("subscribe", order.key)).to_dict()


def named(verb: str, key: str | None) -> Any:
    """Options by which Stripe does once what its asker has named."""
    return {"idempotency_key": f"payband-{verb}-{key}"} if key is not None else {}


def cancel(client: StripeClient, customer: str, key: str | None, *, at_once: bool) -> Found:
    """End it at its period's end, or now; what is not paid for ends now, and what waits for its first payment is given
    up. Whoever was cut off and asks again is told what was done. Raises Refused (no-subscription).
    """
    found = current(client, customer, also=("incomplete",), ended_by=key)
    if pending.is_marked(found, key) and found["status"] not in (*LIVE, "incomplete"):
        return found
    if found["status"] == "canceled":
        return _update(client, found, {"metadata": {BACK_TO_FREE: "1"}}, named("free", key))
    return _end(client, found, key, at_once=at_once)


def _end(client: StripeClient, found: Found, key: str | None, *, at_once: bool = False) -> Found:
    if not at_once and found["status"] not in ("incomplete", "past_due", "unpaid", "paused"):
        return _update(client, found, {"cancel_at_period_end": True}, named("cancel", key))
    if key is not None:
        _update(client, found, {"metadata": pending.marked(key)}, {})  # by which it is found again when it is over
    asked: Any = {"expand": SECRETS}
    return client.v1.subscriptions.cancel(found["id"], asked).to_dict()


def end_period(client: StripeClient, id: str, start: int) -> Found | None:
    """End a subscription now if it is still in the period that began then; None where there is nothing to end."""

    def still(found: Found) -> bool:
        item = plan_item(found)
        return item is not None and item["current_period_start"] == start

    return _end_if(client, id, still, at_once=True)


def end_next(client: StripeClient, id: str) -> Found | None:
    """End a subscription as `cancel` does, with its period; None where there is nothing to end."""
    return _end_if(client, id, lambda found: found["cancel_at"] is None)


def _end_if(client: StripeClient, id: str, such: Callable[[Found], bool], *, at_once: bool = False) -> Found | None:
    try:
        found = client.v1.subscriptions.retrieve(id).to_dict()
        return _end(client, found, None, at_once=at_once) if found["status"] in LIVE and such(found) else None
    except InvalidRequestError as error:
        if error.code != "resource_missing":  # somebody else has ended it
            raise
        return None


def resume(client: StripeClient, customer: str, key: str | None) -> Found:
    """Let one go on that was to end. Raises Refused: no-subscription, conflict, payment-declined."""
    found = current(client, customer)
    with refusing():
        if found["status"] == "paused":
            asked: Any = {"expand": SECRETS}
            return client.v1.subscriptions.resume(found["id"], asked, named("resume", key)).to_dict()
        if pending.is_marked(found, key):
            return found  # the answer was lost
        if found["cancel_at"] is None or found["status"] == "canceled":
            raise Refused("conflict", "It does not end: there is nothing to resume.")
        changes = {"cancel_at_period_end": False, "metadata": pending.marked(key)}
        return _update(client, found, changes, named("resume", key))


def _update(client: StripeClient, found: Found, changes: Mapping[str, Any], options: Any) -> Found:
    asked: Any = {**changes, "expand": SECRETS}
    return client.v1.subscriptions.update(found["id"], asked, options).to_dict()
