"""What is asked of Stripe to begin a subscription. Functions block, as those of billing.subscriptions.calls."""

from typing import Any

from stripe import CardError, StripeClient

from accounts.errors import Refused
from billing.entitlements import NEVER_BEGAN
from billing.plans import TRIAL_DAYS
from billing.stripe import pending
from billing.stripe.pending import Key
from billing.subscriptions.calls import LIVE, SECRETS, Found, Order, all_of, named, offer_of, price_of, refusing, update

WAITING = ("incomplete", "past_due", "unpaid")  # for a payment
ENDS_WITHOUT_CARD: Any = {"end_behavior": {"missing_payment_method": "cancel"}}


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
    """The same, with what waits for a payment paid with the card that was given, if one was. What follows is paid with
    that, too, as in a trial that began without one.
    """
    cardless = found["status"] == "trialing" and found["default_payment_method"] is None
    if method is None or not (cardless or found["status"] in WAITING):
        return found
    with refusing():
        card = client.v1.payment_methods.attach(method, {"customer": customer})
        if not cardless:
            _pay(client, found["latest_invoice"], card.id)
        if found["status"] != "incomplete":
            return update(client, found, {"default_payment_method": card.id})
    asked: Any = {"expand": SECRETS}  # one that has not begun has the card by its payment
    return client.v1.subscriptions.retrieve(found["id"], asked).to_dict()


def _pay(client: StripeClient, invoice: Found | None, card: str) -> None:
    """Of several the last one decides in Stripe; it is a draft at first, or as long as nobody collects it."""
    if invoice is None or invoice["status"] not in ("draft", "open"):
        return
    if invoice["status"] == "draft":
        client.v1.invoices.finalize_invoice(invoice["id"], {"auto_advance": True})
    try:
        client.v1.invoices.pay(invoice["id"], {"payment_method": card, "off_session": False})
    except CardError as error:
        if error.code != "invoice_payment_intent_requires_action":  # the buyer confirms it, as at the beginning
            raise


def close_pages(client: StripeClient, customer: str, key: Key | None) -> Found | None:
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
