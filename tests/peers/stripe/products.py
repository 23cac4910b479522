"""Products."""

from typing import Any, Required, TypedDict

from tests.peers.stripe import answers
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import invalid, missing
from tests.peers.stripe.peer import Object, Peer


class Feature(TypedDict):
    name: str


class Given(TypedDict, total=False):
    active: bool
    default_price: str
    description: str
    images: list[str]
    marketing_features: list[Feature]
    metadata: dict[str, str]
    name: str
    statement_descriptor: str
    tax_code: str
    unit_label: str
    url: str


class New(Given, total=False):
    id: str
    name: Required[str]


class Wanted(Page, total=False):
    active: bool
    ids: list[str]


def create(peer: Peer, given: New) -> Object:
    return make(peer, dict(given))


def make(peer: Peer, given: dict[str, Any]) -> Object:
    identifier = given.pop("id", None)
    if identifier in peer.objects:
        raise invalid(f"Product already exists with id: {identifier}", param="id", code="resource_already_exists")
    members = {
        "active": True,
        "default_price": None,
        "description": None,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": peer.now,
        "url": None,
    }
    named = {"id": identifier} if identifier else {}
    product = peer.add("product", "prod", **named, **members | given | _metadata({}, given))
    peer.emit("product.created", product)
    return product


def _metadata(old: dict[str, str], given: Any) -> dict[str, Any]:
    return {"metadata": merged(old, given["metadata"])} if "metadata" in given else {}


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("product", identifier)


def update(peer: Peer, identifier: str, given: Given) -> Object:
    product = peer.get("product", identifier)
    if given.get("default_price") and peer.get("price", given["default_price"], param="default_price"):
        owner = peer.objects[given["default_price"]]["product"]
        if owner != identifier:
            raise missing("price", given["default_price"], param="default_price")
    members = dict(given) | _metadata(product["metadata"], given)
    return peer.change(product, "product.updated", **members, updated=peer.now)


def delete(peer: Peer, identifier: str) -> Object:
    gone = peer.get("product", identifier)
    if peer.all("price", lambda price: price["product"] == identifier):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    peer.emit("product.deleted", gone)
    del peer.objects[identifier]
    return {"id": identifier, "object": "product", "deleted": True}


def listed(peer: Peer, given: Wanted) -> Object:
    active, ids = given.pop("active", None), given.pop("ids", None)
    found = peer.all("product", lambda each: active in (None, each["active"]) and (ids is None or each["id"] in ids))
    return answers.page(peer, found, given, "/v1/products")
