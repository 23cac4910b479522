"""Sessions of the billing portal, where customers look after their own subscriptions."""

from typing import Any, Literal, Required, TypedDict

from tests.peers.stripe import changes
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

FLOWS = Literal["payment_method_update", "subscription_cancel", "subscription_update"]


class OfSubscription(TypedDict):
    subscription: str


class Flow(TypedDict, total=False):
    type: Required[FLOWS]
    subscription_cancel: OfSubscription
    subscription_update: OfSubscription


class New(TypedDict, total=False):
    customer: Required[str]
    flow_data: Flow
    locale: str
    return_url: str


def create(peer: Peer, given: New) -> Object:
    peer.get("customer", given["customer"], param="customer")
    session = peer.add(
        "billing_portal.session",
        "bps",
        configuration="bpc_default",
        customer=given["customer"],
        flow=_flow(peer, given),
        locale=given.get("locale"),
        on_behalf_of=None,
        return_url=given.get("return_url"),
    )
    session["url"] = f"{peer.url}/p/session/{session['id']}"
    return session


def _flow(peer: Peer, given: New) -> dict[str, Any] | None:
    asked: dict[str, Any] | None = dict(given["flow_data"]) if "flow_data" in given else None
    if asked is None:
        return None
    kind = asked["type"]
    if kind.startswith("subscription"):
        name = asked.get(kind, {}).get("subscription", "")
        sub = peer.get("subscription", name, param=f"flow_data[{kind}][subscription]")
        if sub["customer"] != given["customer"] or not changes.items_of(peer, sub):
            raise invalid("The subscription is not this customer's.", param=f"flow_data[{kind}][subscription]")
    return {"after_completion": {"type": "portal_homepage"}, "type": kind} | {
        name: asked.get(name) for name in ("subscription_cancel", "subscription_update")
    }
