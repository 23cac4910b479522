"""Checkout sessions."""

from typing import Any, Literal, Required, TypedDict

from tests.peers.stripe import answers, prices, subscriptions
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

DAY_S, HALF_HOUR_S = 86400, 1800
# what the caller chooses and the session tells
CHOSEN = ("allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "customer")
CHOSEN += ("customer_email", "expires_at", "locale", "mode", "payment_method_collection", "success_url")
BLANK: dict[str, Any] = dict.fromkeys(CHOSEN) | {
    "client_secret": None,
    "consent": None,
    "custom_fields": [],
    "customer_details": {"email": None, "name": None, "phone": None, "tax_exempt": "none"},
    "invoice": None,
    "payment_intent": None,
    "payment_method_collection": "always",
    "payment_method_types": ["card"],
    "setup_intent": None,
    "shipping_options": [],
    "status": "open",
    "subscription": None,
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
}


class LineItem(TypedDict, total=False):
    price: str
    price_data: prices.Data
    quantity: int


class SubscriptionData(TypedDict, total=False):
    description: str
    metadata: dict[str, str]
    trial_end: int
    trial_period_days: int
    trial_settings: subscriptions.TrialSettings


class PaymentIntentData(TypedDict, total=False):
    description: str
    metadata: dict[str, str]
    receipt_email: str
    setup_future_usage: Literal["off_session", "on_session"]


class CustomerUpdate(TypedDict, total=False):
    address: Literal["auto", "never"]
    name: Literal["auto", "never"]


class New(TypedDict, total=False):
    allow_promotion_codes: bool
    automatic_tax: subscriptions.Toggle
    billing_address_collection: Literal["auto", "required"]
    cancel_url: str
    client_reference_id: str
    currency: str
    customer: str
    customer_creation: Literal["always", "if_required"]
    customer_email: str
    customer_update: CustomerUpdate
    expires_at: int
    line_items: Required[list[LineItem]]
    locale: str
    metadata: dict[str, str]
    mode: Required[Literal["payment", "subscription"]]
    payment_intent_data: PaymentIntentData
    payment_method_collection: Literal["always", "if_required"]
    payment_method_types: list[Literal["card"]]
    subscription_data: SubscriptionData
    success_url: Required[str]
    tax_id_collection: subscriptions.Toggle
    ui_mode: Literal["hosted_page"]


class Wanted(Page, total=False):
    customer: str
    payment_intent: str
    status: Literal["complete", "expired", "open"]
    subscription: str


def create(peer: Peer, given: New) -> Object:
    asked: dict[str, Any] = dict(given)
    _check(peer, asked)
    lines = [_line(peer, asked, each) for each in asked["line_items"]]
    total = 0 if on_trial(asked) else sum(each["amount_total"] for each in lines)
    chosen = {name: asked[name] for name in CHOSEN if name in asked}
    session = peer.add("checkout.session", "cs_test", **BLANK | {"expires_at": peer.now + DAY_S} | chosen)
    session |= {"amount_subtotal": total, "amount_total": total, "automatic_tax": _tax(asked)}
    session |= {"payment_status": "unpaid" if total else "no_payment_required", "currency": lines[0]["currency"]}
    session["customer_creation"] = None if session["customer"] else asked.get("customer_creation", "always")
    session["customer_details"]["email"] = _email(peer, asked)
    session["metadata"] = merged({}, asked.get("metadata", {}))
    session["url"] = f"{peer.url}/c/pay/{session['id']}"
    session |= {"_asked": asked, "_line_items": [each["id"] for each in lines]}
    return session


def _check(peer: Peer, asked: dict[str, Any]) -> None:
    if not asked["line_items"]:
        raise invalid("You must provide at least one line item.", param="line_items")
    for name, mode in (("subscription_data", "subscription"), ("payment_intent_data", "payment")):
        if name in asked and asked["mode"] != mode:
            raise invalid(f"You can not pass `{name}` in `{asked['mode']}` mode.", param=name)
    if asked.get("customer") and asked.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.", param="customer")
    if asked.get("customer"):
        peer.get("customer", asked["customer"], param="customer")
    if "customer_creation" in asked and asked["mode"] == "subscription":
        raise invalid("`customer_creation` can only be used in `payment` and `setup` mode.", param="customer_creation")
    if not peer.now + HALF_HOUR_S <= asked.get("expires_at", peer.now + DAY_S) <= peer.now + DAY_S:
        raise invalid("`expires_at` must be between 30 minutes and 24 hours from now.", param="expires_at")


def on_trial(asked: dict[str, Any]) -> bool:
    return bool({"trial_end", "trial_period_days"} & asked.get("subscription_data", {}).keys())


def _email(peer: Peer, asked: dict[str, Any]) -> str | None:
    if asked.get("customer"):
        return peer.objects[asked["customer"]]["email"]
    return asked.get("customer_email")


def _tax(asked: dict[str, Any]) -> dict[str, Any]:
    on = asked.get("automatic_tax", {}).get("enabled", False)
    told = {"enabled": on, "liability": {"type": "self"} if on else None}
    return told | {"provider": "stripe" if on else None, "status": "complete" if on else None}


def _line(peer: Peer, asked: dict[str, Any], given: dict[str, Any]) -> Object:
    price = _sold(peer, asked["mode"], given)
    metered = bool(price["recurring"]) and price["recurring"]["usage_type"] == "metered"
    count = None if metered else given.get("quantity", 1)
    if count is not None and count < 1:
        raise invalid("This value must be greater than or equal to 1.", param="line_items[0][quantity]")
    code = prices.currency(asked.get("currency") or price["currency"])
    amount = 0 if metered else int(prices.amount_in(price, code)) * int(count or 0)
    return peer.add(
        "item",
        "li",
        amount_discount=0,
        amount_subtotal=amount,
        amount_tax=0,
        amount_total=amount,
        currency=code,
        description=peer.objects[price["product"]]["name"],
        price=price["id"],
        quantity=count,
    )


def _sold(peer: Peer, mode: str, given: dict[str, Any]) -> Object:
    """The price of a line. Raises Refusal for one that is not sold in this mode."""
    param = "line_items[0][price]"
    if "price_data" in given:
        price = prices.make(peer, dict(given["price_data"]) | {"active": False})
    else:
        price = peer.get("price", given.get("price", ""), param=param)
        if not price["active"]:
            raise invalid("The price specified is inactive.", param=param)
    if price["recurring"] and mode == "payment":
        message = (
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use"
        )
        raise invalid(f"{message} only one-time prices.", param=param)
    if mode == "subscription" and not price["recurring"]:
        raise invalid("The stand-in sells only recurring prices in `subscription` mode.", param=param)
    return price


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("checkout.session", identifier)


def listed(peer: Peer, given: Wanted) -> Object:
    members = {
        name: given.pop(name) for name in ("customer", "payment_intent", "status", "subscription") if name in given
    }
    found = peer.all("checkout.session", lambda each: all(each[name] == value for name, value in members.items()))
    return answers.page(peer, found, given, "/v1/checkout/sessions")


def line_items(peer: Peer, identifier: str, given: Page) -> Object:
    session = peer.get("checkout.session", identifier)
    found = [peer.objects[each] for each in session["_line_items"]]
    return answers.page(peer, found, given, f"/v1/checkout/sessions/{identifier}/line_items")


def expire(peer: Peer, identifier: str) -> Object:
    session = peer.get("checkout.session", identifier)
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
        )
    expired(peer, session)
    return session


def expired(peer: Peer, session: Object) -> None:
    peer.change(session, status="expired", url=None)
    peer.emit("checkout.session.expired", session)
