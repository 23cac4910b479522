"""Customers and their tax ids."""

import re
from typing import Any, Literal, TypedDict

from tests.peers.stripe import answers, payment_methods, subscriptions
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import Refusal, invalid
from tests.peers.stripe.peer import Object, Peer

# what a number of each kind looks like; a kind that is not here is refused
TAX_IDS = {
    "eu_vat": r"[A-Z]{2}[A-Z0-9]{8,12}",
    "gb_vat": r"GB\d{9}",
    "in_gst": r"\d{2}[A-Z]{5}\d{4}[A-Z][A-Z\d]Z[A-Z\d]",
    "ae_trn": r"\d{15}",
    "hk_br": r"\d{8}",
    "us_ein": r"\d{2}-\d{7}",
}
BLANK: dict[str, Any] = {
    "address": None,
    "balance": 0,
    "currency": None,
    "default_source": None,
    "delinquent": False,
    "description": None,
    "email": None,
    "invoice_settings": dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")),
    "metadata": {},
    "name": None,
    "next_invoice_sequence": 1,
    "phone": None,
    "preferred_locales": [],
    "shipping": None,
    "tax_exempt": "none",
    "test_clock": None,
}


class Address(TypedDict, total=False):
    city: str
    country: str
    line1: str
    line2: str
    postal_code: str
    state: str


class InvoiceSettings(TypedDict, total=False):
    default_payment_method: str
    footer: str


class Given(TypedDict, total=False):
    address: Address
    balance: int
    description: str
    email: str
    invoice_settings: InvoiceSettings
    metadata: dict[str, str]
    name: str
    phone: str
    preferred_locales: list[str]
    tax_exempt: Literal["none", "exempt", "reverse"]


class TaxIdGiven(TypedDict):
    type: str
    value: str


class New(Given, total=False):
    payment_method: str
    tax_id_data: list[TaxIdGiven]
    test_clock: str


class Wanted(Page, total=False):
    email: str


def create(peer: Peer, given: New) -> Object:
    return make(peer, dict(given))


def make(peer: Peer, given: dict[str, Any]) -> Object:
    customer = peer.add("customer", "cus", **BLANK)
    customer["invoice_prefix"] = peer.identifier("prefix")[7:15].upper()
    if "test_clock" in given:
        peer.get("test_helpers.test_clock", given["test_clock"], param="test_clock")
    method, taxes = given.pop("payment_method", None), given.pop("tax_id_data", [])
    try:
        if method:
            payment_methods.bring(peer, method, customer["id"])
        customer.update(_members(peer, customer, given))
    except Refusal:
        del peer.objects[customer["id"]]
        raise
    peer.emit("customer.created", customer)
    for tax in taxes:
        add_tax_id(peer, customer["id"], tax)
    return customer


def _members(peer: Peer, customer: Object, given: Any) -> dict[str, Any]:
    members = dict(given)
    if "metadata" in members:
        members["metadata"] = merged(customer["metadata"], members["metadata"])
    if members.get("address"):
        members["address"] = dict.fromkeys(Address.__annotations__) | members["address"]
    if "invoice_settings" in members:
        settings = customer["invoice_settings"] | (members["invoice_settings"] or {})
        method = settings["default_payment_method"]
        if method and peer.get("payment_method", method, param="invoice_settings[default_payment_method]"):
            owner = peer.objects[method]["customer"]
            if owner != customer["id"]:
                raise invalid("The customer does not have a payment method with the ID " + method)
        members["invoice_settings"] = settings
    if members.get("email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", members["email"]):
        raise invalid(f"Invalid email address: {members['email']}", param="email", code="email_invalid")
    return members


def retrieve(peer: Peer, identifier: str) -> Object:
    found = peer.objects.get(identifier)
    return found if found and found.get("deleted") else peer.get("customer", identifier)


def update(peer: Peer, identifier: str, given: Given) -> Object:
    customer = peer.get("customer", identifier)
    return peer.change(customer, "customer.updated", **_members(peer, customer, given))


def delete(peer: Peer, identifier: str) -> Object:
    """Also ends the customer's subscriptions at once."""
    customer = peer.get("customer", identifier)
    for each in peer.all("subscription", lambda sub: sub["customer"] == identifier):
        if each["status"] not in subscriptions.ENDED:
            subscriptions.end(peer, each)
    peer.emit("customer.deleted", customer)
    peer.objects[identifier] = {"id": identifier, "object": "customer", "deleted": True}
    return peer.objects[identifier]


def listed(peer: Peer, given: Wanted) -> Object:
    email = given.pop("email", None)
    found = peer.all("customer", lambda each: not each.get("deleted") and email in (None, each["email"]))
    return answers.page(peer, found, given, "/v1/customers")


def add_tax_id(peer: Peer, identifier: str, given: TaxIdGiven) -> Object:
    peer.get("customer", identifier)
    kind, value = given["type"], given["value"]
    if kind not in TAX_IDS:
        raise invalid(f"Invalid type: {kind}", param="type")
    if not re.fullmatch(TAX_IDS[kind], value):
        raise invalid(f"Invalid value for {kind}.", param="value", code="tax_id_invalid")
    made = peer.add(
        "tax_id",
        "txi",
        country=value[:2] if kind == "eu_vat" else kind[:2].upper(),
        customer=identifier,
        owner={"type": "customer", "customer": identifier},
        type=kind,
        value=value,
        verification={"status": "pending", "verified_address": None, "verified_name": None},
    )
    peer.emit("customer.tax_id.created", made)
    return made


def tax_ids(peer: Peer, identifier: str, given: Page) -> Object:
    peer.get("customer", identifier)
    found = peer.all("tax_id", lambda each: each["customer"] == identifier)
    return answers.page(peer, found, given, f"/v1/customers/{identifier}/tax_ids")


def delete_tax_id(peer: Peer, identifier: str, tax_id: str) -> Object:
    peer.get("customer", identifier)
    gone = peer.get("tax_id", tax_id)
    if gone["customer"] != identifier:
        raise invalid(f"No such tax ID: '{tax_id}'", param="id", code="resource_missing")
    peer.emit("customer.tax_id.deleted", gone)
    del peer.objects[tax_id]
    return {"id": tax_id, "object": "tax_id", "deleted": True}
