"""Setup intents: a card kept for later, without a payment."""

from typing import Any, Literal, TypedDict

from tests.peers.stripe import cards, payment_methods, payments
from tests.peers.stripe.answers import merged
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer


class New(TypedDict, total=False):
    confirm: bool
    customer: str
    metadata: dict[str, str]
    payment_method: str
    payment_method_types: list[Literal["card"]]
    usage: Literal["off_session", "on_session"]


class Confirm(TypedDict, total=False):
    payment_method: str


def create(peer: Peer, given: New) -> Object:
    intent = make(peer, given.get("customer"), metadata=merged({}, given.get("metadata", {})))
    intent["usage"] = given.get("usage", "off_session")
    if given.get("payment_method"):
        method = payment_methods.find(peer, given["payment_method"])
        peer.change(intent, payment_method=method["id"], status="requires_confirmation")
    return _tried(peer, intent) if given.get("confirm") else intent


def make(peer: Peer, customer: str | None, metadata: dict[str, Any] | None = None) -> Object:
    if customer:
        peer.get("customer", customer, param="customer")
    intent = peer.add(
        "setup_intent",
        "seti",
        customer=customer,
        description=None,
        last_setup_error=None,
        latest_attempt=None,
        metadata=metadata or {},
        next_action=None,
        payment_method=None,
        payment_method_types=["card"],
        status="requires_payment_method",
        usage="off_session",
        _authenticated=False,
    )
    intent["client_secret"] = f"{intent['id']}_{peer.identifier('secret')}"
    peer.emit("setup_intent.created", intent)
    return intent


def confirm(peer: Peer, identifier: str, given: Confirm) -> Object:
    intent = peer.get("setup_intent", identifier)
    if intent["status"] in ("succeeded", "canceled"):
        message = f"You cannot confirm this SetupIntent because it has a status of {intent['status']}."
        raise invalid(message, code="setup_intent_unexpected_state")
    if given.get("payment_method"):
        peer.change(intent, payment_method=payment_methods.find(peer, given["payment_method"])["id"])
    return _tried(peer, intent)


def _tried(peer: Peer, intent: Object) -> Object:
    if not intent["payment_method"]:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.")
    method = peer.objects[intent["payment_method"]]
    card = payment_methods.card_of(method)
    said = payments.verdict(method, authenticated=intent["_authenticated"], off_session=False)
    if said == "authenticate":
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
        peer.change(intent, status="requires_action", next_action=action)
        peer.emit("setup_intent.requires_action", intent)
    elif not card.attaches:
        raise _failed(peer, intent, cards.decline(str(card.declines)))
    else:
        _succeeded(peer, intent, method)
    return intent


def _succeeded(peer: Peer, intent: Object, method: Object) -> None:
    if intent["customer"]:
        payment_methods.bring(peer, method["id"], intent["customer"])
    method["_set_up"] = True
    peer.change(intent, status="succeeded", next_action=None, last_setup_error=None)
    peer.emit("setup_intent.succeeded", intent)


def _failed(peer: Peer, intent: Object, refusal: Refusal) -> Refusal:
    refusal.error["payment_method"] = peer.render(peer.objects[intent["payment_method"]])
    members = {"payment_method": None, "next_action": None, "last_setup_error": dict(refusal.error)}
    peer.change(intent, status="requires_payment_method", **members)
    peer.emit("setup_intent.setup_failed", intent)
    return refusal


def authenticated(peer: Peer, intent: Object, *, confirmed: bool) -> None:
    """The holder of the card came back from 3-D Secure."""
    if confirmed:
        intent["_authenticated"] = True
        _tried(peer, intent)
        return
    message = "The provided PaymentMethod has failed authentication."
    _failed(peer, intent, Refusal(402, "card_error", message, code="setup_intent_authentication_failure"))


def cancel(peer: Peer, identifier: str) -> Object:
    intent = peer.get("setup_intent", identifier)
    if intent["status"] in ("succeeded", "canceled"):
        raise invalid("This SetupIntent is over.", code="setup_intent_unexpected_state")
    peer.change(intent, status="canceled")
    peer.emit("setup_intent.canceled", intent)
    return intent


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("setup_intent", identifier)
