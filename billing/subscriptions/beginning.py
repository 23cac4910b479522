"""What is asked of Stripe to begin a subscription. Functions block, as those of billing.subscriptions.calls."""

from typing import Any

from stripe import CardError, StripeClient

from accounts.errors import Refused
from billing.entitlements import NEVER_BEGAN
from billing.plans import TRIAL_DAYS
from billing.stripe import pending
from billing.stripe.pending import Key, changed_by
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
        return _gone_on(client, customer, same, order)
    for each in there:
        if each["status"] == "incomplete":  # somebody chose anew before paying
            client.v1.subscriptions.cancel(each["id"])
    with refusing():
        return _create(client, customer, order, first=all(each["status"] in NEVER_BEGAN for each in there))


def _gone_on(client: StripeClient, customer: str, found: Found, order: Order) -> Found:
    """The same, which goes on where it was to end. What waits for a payment is paid with the card that was given, if
    one was, and so is what follows.
    """
    status, ends = found["status"], found["cancel_at"] is not None
    cardless = status == "trialing" and found["default_payment_method"] is None
    changes: dict[str, Any] = {"cancel_at_period_end": False, "metadata": changed_by(order.key)} if ends else {}
    with refusing():
        if order.payment_method is not None and (cardless or ends or status in WAITING):
            card = client.v1.payment_methods.attach(order.payment_method, {"customer": customer})
            if status in WAITING:
                _pay(client, found["latest_invoice"], card.id)
            if status == "incomplete":  # it has the card by its payment
                asked: Any = {"expand": SECRETS}
                return client.v1.subscriptions.retrieve(found["id"], asked).to_dict()
            changes["default_payment_method"] = card.id
        return update(client, found, changes, order.key) if changes else found


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
            raise already(each, order)
    return None


def already(found: Found, order: Order) -> Refused:
    """Why nothing begins, and what to do instead."""
    has = offer_of(found)
    instead = "let it go on by POST /api/v1/subscriptions/resume"
    if has != order.offer.id or found["cancel_at"] is None:
        instead = "change it by POST /api/v1/subscriptions/change"
    return Refused("already-subscribed", f"You are subscribed to {has}: {instead}.")


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
