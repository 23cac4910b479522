"""How objects are sent: what is embedded, what `expand` adds, how lists are paged."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict

from tests.peers.stripe import shapes
from tests.peers.stripe.errors import invalid, missing

if TYPE_CHECKING:
    from tests.peers.stripe.peer import Object, Peer

MAX_EXPANSION = 4
# members that Stripe sends of most objects, but not of these
LACKING = {"refund": {"livemode"}, "invoiceitem": {"created"}, "item": {"created", "livemode"}}
LACKING |= {"subscription_item": {"livemode"}, "billing.meter_event": {"id"}}


class Expand(TypedDict):
    expand: list[str]


class Range(TypedDict, total=False):
    gt: int
    gte: int
    lt: int
    lte: int


class Page(TypedDict, total=False):
    """What every list takes."""

    limit: int
    starting_after: str
    ending_before: str
    created: Range | int


def of(peer: Peer, found: list[Object], url: str) -> Object:
    """A whole list, oldest first, as it is embedded in an object."""
    return {"object": "list", "data": [render(peer, each) for each in found], "has_more": False, "url": url}


def render(peer: Peer, found: Object) -> Object:
    """A copy without what is private, with what Stripe always embeds."""
    lacking = LACKING.get(found["object"], set())
    sent = {n: copy.deepcopy(value) for n, value in found.items() if not n.startswith("_") and n not in lacking}
    embed = EMBEDDED.get(found["object"])
    return sent if embed is None or found.get("deleted") else sent | embed(peer, found)


def _items(peer: Peer, found: Object) -> Object:
    items = list(reversed(peer.all("subscription_item", lambda item: item["subscription"] == found["id"])))
    return {"items": of(peer, items, f"/v1/subscription_items?subscription={found['id']}")}


def _price(peer: Peer, found: Object) -> Object:
    return {"price": render(peer, peer.objects[found["price"]])}


def _owned(kind: str, member: str, url: str) -> Callable[[Peer, Object], Object]:
    def listed(peer: Peer, found: Object) -> Object:
        return of(peer, peer.all(kind, lambda each: each[member] == found["id"]), url.format(found["id"]))

    return listed


def _confirmation(peer: Peer, found: Object) -> Object | None:
    intent = peer.objects.get(found["_payment_intent"] or "")
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None


def _line_items(peer: Peer, found: Object) -> Object:
    lines = [peer.objects[each] for each in found["_line_items"]]
    return of(peer, lines, f"/v1/checkout/sessions/{found['id']}/line_items")


EMBEDDED: dict[str, Callable[[Peer, Object], Object]] = {
    "subscription": _items,
    "subscription_item": _price,
    "item": _price,
}
# sent only when they are asked for by `expand`
INCLUDED: dict[tuple[str, str], Callable[[Peer, Object], Any]] = {
    ("customer", "subscriptions"): _owned("subscription", "customer", "/v1/customers/{}/subscriptions"),
    ("customer", "tax_ids"): _owned("tax_id", "customer", "/v1/customers/{}/tax_ids"),
    ("charge", "refunds"): _owned("refund", "charge", "/v1/charges/{}/refunds"),
    ("price", "currency_options"): lambda _, found: copy.deepcopy(found["_currency_options"]),
    ("invoice", "payments"): _owned("invoice_payment", "invoice", "/v1/invoices/{}/payments"),
    ("invoice", "confirmation_secret"): _confirmation,
    ("checkout.session", "line_items"): _line_items,
}


def expand(peer: Peer, sent: Any, paths: list[str]) -> Any:
    """`sent` with the references that the paths name replaced by objects."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_EXPANSION:  # `data` of a list counts
            message = f"You cannot expand more than {MAX_EXPANSION} levels of a property. Property: {path}"
            raise invalid(message, code="property_expansion_max_depth")
        sent = _expanded(peer, sent, parts, path)
    # an id of which Stripe never sends the object
    if paths and any(shapes.wrong(each) for each in (sent["data"] if sent["object"] == "list" else [sent])):
        raise _unexpandable(", ".join(paths))
    return sent


def _expanded(peer: Peer, sent: Any, parts: list[str], path: str) -> Any:
    if isinstance(sent, list):
        return [_expanded(peer, each, parts, path) for each in sent]
    if isinstance(sent, str) and sent in peer.objects:
        sent = render(peer, peer.objects[sent])
    if not parts or sent is None:
        if isinstance(sent, (dict, type(None))):
            return sent
        raise _unexpandable(path)
    name, *rest = parts
    if not isinstance(sent, dict):
        raise _unexpandable(path)
    add = INCLUDED.get((sent.get("object", ""), name))
    if name not in sent and add is None:
        raise _unexpandable(path)
    inside = sent[name] if name in sent else add(peer, peer.objects[sent["id"]])
    return sent | {name: inside if isinstance(inside, list) and not rest else _expanded(peer, inside, rest, path)}


def _unexpandable(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", param="expand")


def page(peer: Peer, found: list[Object], given: Any, url: str) -> Object:
    """One page of `found`, which is in the order of the list. Raises Refusal for a cursor that is not in it."""
    limit = given.get("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Limit must be between 1 and 100", param="limit", code="parameter_invalid_integer")
    found = [each for each in found if _within(each["created"], given.get("created"))]
    after, before = given.get("starting_after"), given.get("ending_before")
    if after and before:
        raise invalid("You cannot parameterize both starting_after and ending_before.", param="starting_after")
    if after:
        found = found[_position(found, after, "starting_after") + 1 :]
    if before:
        found = found[: _position(found, before, "ending_before")]
    part = found[-limit:] if before else found[:limit]
    return of(peer, part, url) | {"has_more": len(found) > len(part)}


def _position(found: list[Object], identifier: str, param: str) -> int:
    for number, each in enumerate(found):
        if each["id"] == identifier:
            return number
    raise missing("object", identifier, param=param)


def _within(created: int, wanted: Any) -> bool:
    if wanted is None or isinstance(wanted, int):
        return wanted in (None, created)
    tests = {"gt": created.__gt__, "gte": created.__ge__, "lt": created.__lt__, "lte": created.__le__}
    return all(tests[name](value) for name, value in wanted.items())


def merged(old: Mapping[str, str], given: Mapping[str, str | None] | None) -> dict[str, str]:
    """Metadata after an update: keys are added, an empty value removes one, an empty whole removes all."""
    if given is None:
        return {}
    return {name: value for name, value in (dict(old) | dict(given)).items() if value is not None}
