"""Payment methods: cards, made from a number, a token or a test name."""

from typing import Any, Literal, Required, TypedDict

from tests.peers.stripe import answers, cards
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import Refusal, invalid, missing
from tests.peers.stripe.peer import Object, Peer

NO_ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


class CardGiven(TypedDict, total=False):
    number: str
    exp_month: int
    exp_year: int
    cvc: str
    token: str


class Billing(TypedDict, total=False):
    email: str
    name: str
    phone: str


class New(TypedDict, total=False):
    type: Required[Literal["card"]]
    card: Required[CardGiven]
    billing_details: Billing
    metadata: dict[str, str]


class Attach(TypedDict):
    customer: str


class Wanted(Page, total=False):
    customer: str
    type: Literal["card"]


def create(peer: Peer, given: New) -> Object:
    asked = given["card"]
    card = cards.named(asked["token"]) if "token" in asked else cards.NUMBERS.get(asked.get("number", ""))
    if card is None:
        raise Refusal(402, "card_error", "Your card number is incorrect.", code="incorrect_number", param="number")
    if asked.get("exp_year", 2099) < 2020 or not 1 <= asked.get("exp_month", 12) <= 12:
        raise Refusal(402, "card_error", "Your card's expiration year is invalid.", code="invalid_expiry_year")
    made = make(peer, card, merged({}, given.get("metadata", {})))
    made["billing_details"] |= given.get("billing_details", {})
    return made


def make(peer: Peer, card: cards.Card, metadata: dict[str, str] | None = None) -> Object:
    return peer.add(
        "payment_method",
        "pm",
        allow_redisplay="unspecified",
        billing_details={"address": NO_ADDRESS, "email": None, "name": None, "phone": None, "tax_id": None},
        card=shown(card) | {"display_brand": card.brand, "wallet": None, "generated_from": None},
        customer=None,
        metadata=metadata or {},
        type="card",
        _number=card.number,
        _set_up=False,
    )


def shown(card: cards.Card) -> dict[str, Any]:
    """What a payment method and a charge both tell of a card."""
    checks = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
    return {
        "brand": card.brand,
        "checks": checks,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": f"peer{card.number[-8:]}",
        "funding": "credit",
        "last4": card.number[-4:],
    }


def card_of(method: Object) -> cards.Card:
    return cards.NUMBERS[method["_number"]]


def find(peer: Peer, identifier: str, param: str = "payment_method") -> Object:
    """A payment method by its id, or a new one by a test name. Raises Refusal for neither."""
    if identifier not in peer.objects and (card := cards.named(identifier)):
        return make(peer, card)
    found = peer.objects.get(identifier)
    if found is None or found["object"] != "payment_method":
        raise missing("PaymentMethod", identifier, param=param)
    return found


def bring(peer: Peer, identifier: str, customer: str) -> Object:
    """The payment method, attached to the customer. Raises Refusal when it is another's or the card cannot be kept."""
    method = find(peer, identifier)
    if method["customer"] not in (None, customer):
        raise invalid("The payment method you provided has already been attached to a customer.")
    if not card_of(method).attaches:
        raise cards.decline(str(card_of(method).declines))
    if method["customer"] is None:
        peer.change(method, customer=customer)
        peer.emit("payment_method.attached", method)
    return method


def attach(peer: Peer, identifier: str, given: Attach) -> Object:
    peer.get("customer", given["customer"], param="customer")
    return bring(peer, identifier, given["customer"])


def detach(peer: Peer, identifier: str) -> Object:
    method = peer.get("payment_method", identifier)
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    settings = peer.objects[method["customer"]]["invoice_settings"]
    if settings["default_payment_method"] == identifier:
        settings["default_payment_method"] = None
    for each in peer.all("subscription", lambda sub: sub["default_payment_method"] == identifier):
        each["default_payment_method"] = None
    before = {"customer": method["customer"]}
    method["customer"] = None
    peer.emit("payment_method.detached", method, before)
    return method


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("payment_method", identifier)


def listed(peer: Peer, given: Wanted) -> Object:
    return of_customer(peer, given.pop("customer", ""), given)


def of_customer(peer: Peer, identifier: str, given: Wanted) -> Object:
    given.pop("type", None)
    given.pop("customer", None)
    peer.get("customer", identifier)
    found = peer.all("payment_method", lambda each: each["customer"] == identifier)
    return answers.page(peer, found, given, "/v1/payment_methods")
