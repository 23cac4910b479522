"""Payment intents: one amount to be paid, through as many tries as it takes."""

from typing import Any, Literal, Required, TypedDict

from tests.peers.stripe import answers, payment_methods, payments, prices
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer

SMALLEST = 50  # minor units
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


class Automatic(TypedDict, total=False):
    enabled: Required[bool]
    allow_redirects: Literal["always", "never"]


class Given(TypedDict, total=False):
    amount: int
    currency: str
    customer: str
    description: str
    metadata: dict[str, str]
    payment_method: str
    payment_method_types: list[Literal["card"]]
    receipt_email: str
    setup_future_usage: Literal["off_session", "on_session"]


class New(Given, total=False):
    amount: Required[int]
    currency: Required[str]
    automatic_payment_methods: Automatic
    confirm: bool
    off_session: bool
    return_url: str


class Confirm(TypedDict, total=False):
    off_session: bool
    payment_method: str
    receipt_email: str
    return_url: str
    setup_future_usage: Literal["off_session", "on_session"]


class Cancel(TypedDict, total=False):
    cancellation_reason: Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"]


class Wanted(Page, total=False):
    customer: str


def create(peer: Peer, given: New) -> Object:
    asked: dict[str, Any] = dict(given)
    confirm, off_session = asked.pop("confirm", False), asked.pop("off_session", False)
    if off_session and not confirm:
        raise invalid("off_session can only be given with confirm=true.", param="off_session")
    if confirm and "payment_method" not in asked:
        raise invalid("You cannot confirm this PaymentIntent because it's missing a payment method.")
    intent = make(peer, asked)
    if confirm and (refusal := payments.attempt(peer, intent, off_session=off_session)):
        raise refusal
    return intent


def make(peer: Peer, asked: dict[str, Any], invoice: str | None = None) -> Object:
    """Raises Refusal for an amount, a currency, a customer or a payment method that cannot be."""
    members = _members(peer, {"customer": None, "metadata": {}}, asked)
    return_url = members.pop("return_url", None)
    usual = {"automatic_payment_methods": None, "customer": None, "description": None, "metadata": {}}
    usual |= {"payment_method": None, "receipt_email": None, "setup_future_usage": None}
    intent = peer.add(
        "payment_intent",
        "pi",
        amount_capturable=0,
        amount_received=0,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic",
        confirmation_method="automatic",
        last_payment_error=None,
        latest_charge=None,
        next_action=None,
        processing=None,
        status="requires_confirmation" if members.get("payment_method") else "requires_payment_method",
        _authenticated=False,
        _invoice=invoice,
        _return_url=return_url,
        **usual | {"payment_method_types": ["card"]} | members,
    )
    intent["client_secret"] = f"{intent['id']}_{peer.identifier('secret')}"
    peer.emit("payment_intent.created", intent)
    return intent


def _members(peer: Peer, intent: Object, asked: dict[str, Any]) -> dict[str, Any]:
    members = dict(asked)
    if "amount" in asked and not SMALLEST <= asked["amount"] <= prices.MAX_AMOUNT:
        code = "amount_too_small" if asked["amount"] < SMALLEST else "amount_too_large"
        raise invalid(f"Amount must be at least {SMALLEST} and at most 99999999.", param="amount", code=code)
    if "currency" in asked:
        members["currency"] = prices.currency(asked["currency"])
    if asked.get("customer"):
        peer.get("customer", asked["customer"], param="customer")
    if asked.get("payment_method"):
        method = payment_methods.find(peer, asked["payment_method"])
        if method["customer"] not in (None, asked.get("customer", intent["customer"])):
            message = "The provided PaymentMethod belongs to a customer. Please include it in the `customer` parameter."
            raise invalid(message, param="payment_method")
        members["payment_method"] = method["id"]
    if "metadata" in asked:
        members["metadata"] = merged(intent["metadata"], asked["metadata"])
    return members


def confirm(peer: Peer, identifier: str, given: Confirm) -> Object:
    intent = peer.get("payment_intent", identifier)
    asked: dict[str, Any] = dict(given)
    off_session = asked.pop("off_session", False)
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(peer, intent, "confirm")
    if intent["status"] == "requires_action" and "payment_method" not in asked:
        return intent
    members = _members(peer, intent, asked)
    if not members.get("payment_method", intent["payment_method"]):
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise invalid(message, code="payment_intent_unexpected_state")
    intent["_return_url"] = members.pop("return_url", intent["_return_url"])
    peer.change(intent, **members, _authenticated=False)
    if refusal := payments.attempt(peer, intent, off_session=off_session):
        raise refusal
    return intent


def update(peer: Peer, identifier: str, given: Given) -> Object:
    intent = peer.get("payment_intent", identifier)
    if intent["status"] not in CONFIRMABLE and given.keys() - {"metadata", "description"}:
        raise _unexpected(peer, intent, "update")
    members = _members(peer, intent, dict(given))
    if members.get("payment_method") and intent["status"] == "requires_payment_method":
        members["status"] = "requires_confirmation"
    return peer.change(intent, **members)


def cancel(peer: Peer, identifier: str, given: Cancel) -> Object:
    intent = peer.get("payment_intent", identifier)
    if intent["_invoice"]:
        raise invalid("You cannot cancel a PaymentIntent of an invoice. Void the invoice instead.")
    return give_up(peer, intent, given.get("cancellation_reason"))


def give_up(peer: Peer, intent: Object, reason: str | None) -> Object:
    """Raises Refusal for one that is over already."""
    if intent["status"] not in CONFIRMABLE:
        raise _unexpected(peer, intent, "cancel")
    members = {"canceled_at": peer.now, "cancellation_reason": reason, "next_action": None}
    peer.change(intent, status="canceled", **members)
    peer.emit("payment_intent.canceled", intent)
    return intent


def _unexpected(peer: Peer, intent: Object, verb: str) -> Refusal:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    code = "payment_intent_unexpected_state"
    return Refusal(400, "invalid_request_error", message, code=code, payment_intent=peer.render(intent))


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("payment_intent", identifier)


def listed(peer: Peer, given: Wanted) -> Object:
    customer = given.pop("customer", None)
    found = peer.all("payment_intent", lambda each: customer in (None, each["customer"]))
    return answers.page(peer, found, given, "/v1/payment_intents")


def retrieve_charge(peer: Peer, identifier: str) -> Object:
    return peer.get("charge", identifier)


class WantedCharges(Wanted, total=False):
    payment_intent: str


def charges(peer: Peer, given: WantedCharges) -> Object:
    customer, intent = given.pop("customer", None), given.pop("payment_intent", None)
    found = peer.all(
        "charge", lambda each: customer in (None, each["customer"]) and intent in (None, each["payment_intent"])
    )
    return answers.page(peer, found, given, "/v1/charges")
