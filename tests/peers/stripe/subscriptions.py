"""Subscriptions at the API: created, changed, cancelled, resumed."""

from datetime import UTC, datetime
from typing import Any, Literal, Required, TypedDict

from tests.peers.stripe import (
    alterations,
    answers,
    changes,
    invoices,
    lifecycle,
    lines,
    payment_methods,
    payments,
    periods,
    prices,
    setup_intents,
)
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer

ENDED = lifecycle.ENDED
end = lifecycle.end
DAY_S = 86400
PaymentBehavior = Literal["allow_incomplete", "default_incomplete", "error_if_incomplete"]


class Toggle(TypedDict):
    enabled: bool


class PaymentSettings(TypedDict, total=False):
    payment_method_types: list[Literal["card"]]
    save_default_payment_method: Literal["off", "on_subscription"]


class EndBehavior(TypedDict):
    missing_payment_method: Literal["cancel", "create_invoice", "pause"]


class TrialSettings(TypedDict):
    end_behavior: EndBehavior


class CancellationDetails(TypedDict, total=False):
    comment: str
    feedback: str


class Given(TypedDict, total=False):
    automatic_tax: Toggle
    cancel_at: int
    cancel_at_period_end: bool
    default_payment_method: str
    description: str
    items: list[changes.Item]
    metadata: dict[str, str]
    off_session: bool
    payment_behavior: PaymentBehavior
    payment_settings: PaymentSettings
    proration_behavior: changes.ProrationBehavior
    trial_end: int | Literal["now"]
    trial_settings: TrialSettings


class Anchor(TypedDict, total=False):
    """Of months: at that time of that day, in UTC."""

    day_of_month: Required[int]
    hour: int
    minute: int
    second: int


class New(Given, total=False):
    billing_cycle_anchor_config: Anchor
    currency: str
    customer: Required[str]
    items: Required[list[changes.Item]]
    trial_period_days: int


class Update(Given, total=False):
    billing_cycle_anchor: Literal["now", "unchanged"]
    cancellation_details: CancellationDetails
    proration_date: int


class Cancel(TypedDict, total=False):
    cancellation_details: CancellationDetails
    invoice_now: bool
    prorate: bool


class Resume(TypedDict, total=False):
    billing_cycle_anchor: Literal["now", "unchanged"]
    proration_behavior: changes.ProrationBehavior


class Wanted(Page, total=False):
    customer: str
    price: str
    status: str


def create(peer: Peer, given: New) -> Object:
    return make(peer, dict(given))


def make(peer: Peer, given: dict[str, Any]) -> Object:
    customer = peer.get("customer", given["customer"], param="customer")
    sub = lifecycle.blank(peer, customer, _currency(peer, given))
    try:
        _prepare(peer, sub, given)
    except Refusal:
        del peer.objects[sub["id"]]
        raise
    return lifecycle.begin(peer, sub, given.get("payment_behavior", "allow_incomplete"))


def _currency(peer: Peer, given: dict[str, Any]) -> str:
    code = prices.currency(given["currency"]) if given.get("currency") else None
    first = given["items"][0] if given["items"] else {}
    if code is None and "price_data" in first:
        code = prices.currency(first["price_data"]["currency"])
    if code is None:
        code = peer.get("price", first.get("price", ""), param="items[0][price]")["currency"]
    others = peer.all("subscription", lambda sub: sub["customer"] == given["customer"] and sub["status"] not in ENDED)
    if any(sub["currency"] != code for sub in others):
        raise invalid("You cannot combine currencies on a single customer.", param="currency")
    return str(code)


def _prepare(peer: Peer, sub: Object, given: dict[str, Any]) -> None:
    """The members that the caller chose, the items, and whether it can be paid as asked."""
    sub.update(_members(peer, sub, given))
    span = (peer.now, peer.now)
    items = changes.check(peer, [changes.item(peer, sub, each, span) for each in given["items"]])
    until = _trial_end(peer, given)
    recurring = changes.recurring_of(peer, items)
    sub["billing_cycle_anchor"] = until or peer.now
    sub |= {"trial_start": peer.now, "trial_end": until} if until else {}
    stop = until or periods.after(peer.now, recurring, peer.now)
    if "billing_cycle_anchor_config" in given:
        stop = sub["billing_cycle_anchor"] = _anchor(peer, given, recurring)
    items = [each | {"current_period_end": stop} for each in items]
    if not until and any(lines.cost(peer, sub, each) for each in items):
        payable(peer, sub, given.get("payment_behavior"), given.get("off_session", False))
    peer.objects.update({each["id"]: each for each in items})


def _anchor(peer: Peer, given: dict[str, Any], recurring: dict[str, Any]) -> int:
    """The first renewal. Here only where nothing is paid in advance, so that there is nothing to prorate."""
    if recurring["usage_type"] != "metered" or recurring["interval"] != "month":
        raise invalid("The stand-in anchors metered months only.", param="billing_cycle_anchor_config")
    told = given["billing_cycle_anchor_config"]
    at = datetime.fromtimestamp(peer.now, UTC).replace(
        day=told["day_of_month"], hour=told.get("hour", 0), minute=told.get("minute", 0), second=told.get("second", 0)
    )
    first = int(at.timestamp())
    return first if first > peer.now else periods.after(first, recurring, peer.now)


def _trial_end(peer: Peer, given: dict[str, Any]) -> int | None:
    until, days = given.get("trial_end"), given.get("trial_period_days")
    if until and days:
        raise invalid("You cannot set both trial_end and trial_period_days.", param="trial_end")
    if until == "now" or (until is None and not days):
        return None
    until = until or peer.now + days * DAY_S
    if not peer.now < until <= peer.now + 730 * DAY_S:
        raise invalid("Invalid timestamp: must be in the future, at most two years.", param="trial_end")
    return int(until)


def payable(peer: Peer, sub: Object, behavior: str | None, off_session: bool) -> None:
    """Raises Refusal when there is nothing to charge, or when a decline is to stop it all."""
    if behavior == "default_incomplete":
        return
    method = invoices.method_for(peer, sub)
    if method is None:
        message = "This customer has no attached payment source or default payment method. Please consider adding one."
        raise invalid(message, code="resource_missing")
    said = payments.verdict(peer.objects[method], authenticated=False, off_session=off_session)
    if behavior == "error_if_incomplete" and said:
        message = "Payment for this subscription requires additional user action before it can be completed."
        code = "subscription_payment_intent_requires_action"
        raise said if isinstance(said, Refusal) else Refusal(402, "card_error", message, code=code)


def _members(peer: Peer, sub: Object, given: dict[str, Any]) -> dict[str, Any]:
    members = {name: given[name] for name in ("description",) if name in given}
    if given.get("default_payment_method"):
        method = payment_methods.bring(peer, given["default_payment_method"], sub["customer"])
        members["default_payment_method"] = method["id"]
    elif "default_payment_method" in given:
        members["default_payment_method"] = None
    if "metadata" in given:
        members["metadata"] = merged(sub["metadata"], given["metadata"])
    for name in ("automatic_tax", "payment_settings", "trial_settings"):
        if given.get(name):
            members[name] = sub[name] | given[name]
    return members | lifecycle.planned_end(peer, sub, given)


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("subscription", identifier)


def update(peer: Peer, identifier: str, given: Update) -> Object:
    sub = peer.get("subscription", identifier)
    if sub["status"] in ENDED:
        allowed = {"metadata", "cancellation_details"}
        if given.keys() - allowed:
            raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    before = peer.render(sub)
    members = _members(peer, sub, dict(given))
    if "cancellation_details" in given:
        planned = members.get("cancellation_details", sub["cancellation_details"])
        members["cancellation_details"] = planned | given["cancellation_details"]
    alterations.alter(peer, sub, dict(given), members)
    if given.get("default_payment_method") and sub["pending_setup_intent"]:
        setup_intents.confirm(peer, sub["pending_setup_intent"], {"payment_method": sub["default_payment_method"]})
    after = peer.render(sub)
    previous = {name: before[name] for name in after if before[name] != after[name]}
    if previous:
        peer.emit("customer.subscription.updated", sub, previous)
    return sub


def cancel(peer: Peer, identifier: str, given: Cancel) -> Object:
    """At once; with `prorate` the rest of the period is credited."""
    sub = peer.get("subscription", identifier)
    if sub["status"] in ENDED:
        raise invalid(f"No such subscription: '{identifier}'", param="id", code="resource_missing")
    items = changes.items_of(peer, sub)
    if given.get("prorate") and sub["status"] in ("active", "past_due"):
        lines.pend(peer, sub, lines.of_change(peer, sub, items, [], peer.now))
    usage = lines.of_usage(peer, sub, items)
    if given.get("invoice_now") and (lines.pending(peer, sub) or any(each["amount"] for each in usage)):
        span = (items[0]["current_period_start"], peer.now)
        invoice = invoices.draft(peer, sub, usage, "manual", span)
        invoices.finalize(peer, invoice)
        if invoice["status"] == "open":
            invoices.collect(peer, invoice)
    details = given.get("cancellation_details", {})
    return lifecycle.end(peer, sub, {"reason": "cancellation_requested"} | details)


def resume(peer: Peer, identifier: str, given: Resume) -> Object:
    """One that is paused begins a new period."""
    sub = peer.get("subscription", identifier)
    if sub["status"] != "paused":
        raise invalid("This subscription is not paused.", code="resource_missing")
    payable(peer, sub, None, True)
    lifecycle.resume(peer, sub)
    return sub


def listed(peer: Peer, given: Wanted) -> Object:
    customer, price, status = (given.pop(name, None) for name in ("customer", "price", "status"))

    def wanted(sub: Object) -> bool:
        states = {"all": True, "ended": sub["status"] in ENDED, None: sub["status"] not in ENDED}
        priced = price is None or any(item["price"] == price for item in changes.items_of(peer, sub))
        return customer in (None, sub["customer"]) and priced and states.get(status, sub["status"] == status)

    return answers.page(peer, peer.all("subscription", wanted), given, "/v1/subscriptions")
