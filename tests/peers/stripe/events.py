"""Events, and the endpoints that they are sent to."""

from typing import Required, TypedDict

from tests.peers.stripe import answers
from tests.peers.stripe.answers import Page, merged
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import VERSION, Object, Peer


class Wanted(Page, total=False):
    type: str
    types: list[str]


class Given(TypedDict, total=False):
    description: str
    disabled: bool
    enabled_events: list[str]
    metadata: dict[str, str]
    url: str


class New(TypedDict, total=False):
    api_version: str
    description: str
    enabled_events: Required[list[str]]
    metadata: dict[str, str]
    url: Required[str]


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("event", identifier)


def listed(peer: Peer, given: Wanted) -> Object:
    """Newest first. `type` may end in `.*`."""
    one, several = given.pop("type", None), given.pop("types", None)
    if one and several:
        raise invalid("You may only specify one of these parameters: type, types.", param="types")
    wanted = [one] if one else several
    found = peer.all("event", lambda each: wanted is None or any(_is(each["type"], kind) for kind in wanted))
    return answers.page(peer, found, given, "/v1/events")


def _is(kind: str, wanted: str) -> bool:
    return kind.startswith(wanted[:-1]) if wanted.endswith(".*") else kind == wanted


def create_endpoint(peer: Peer, given: New) -> Object:
    """Tells the secret, once."""
    if given.get("api_version", VERSION) != VERSION:
        raise invalid(f"Invalid Stripe API version: {given['api_version']}", param="api_version")
    made = peer.add(
        "webhook_endpoint",
        "we",
        api_version=given.get("api_version"),
        application=None,
        description=given.get("description"),
        enabled_events=_kinds(given["enabled_events"]),
        metadata=merged({}, given.get("metadata", {})),
        status="enabled",
        url=_url(given["url"]),
        _secrets=[peer.secret("whsec")],
    )
    return made | {"secret": made["_secrets"][-1]}


def _kinds(given: list[str]) -> list[str]:
    if not given or ("*" in given and len(given) > 1):
        raise invalid("Invalid enabled_events.", param="enabled_events")
    return given


def _url(given: str) -> str:
    if not given.startswith(("http://", "https://")):
        raise invalid(
            "Invalid URL: An explicit scheme (such as https) must be provided.", param="url", code="url_invalid"
        )
    return given


def retrieve_endpoint(peer: Peer, identifier: str) -> Object:
    return peer.get("webhook_endpoint", identifier)


def update_endpoint(peer: Peer, identifier: str, given: Given) -> Object:
    endpoint = peer.get("webhook_endpoint", identifier)
    members = {name: given[name] for name in ("description",) if name in given}
    members |= {"enabled_events": _kinds(given["enabled_events"])} if "enabled_events" in given else {}
    members |= {"url": _url(given["url"])} if "url" in given else {}
    members |= {"status": "disabled" if given["disabled"] else "enabled"} if "disabled" in given else {}
    if "metadata" in given:
        members["metadata"] = merged(endpoint["metadata"], given["metadata"])
    return peer.change(endpoint, **members)


def delete_endpoint(peer: Peer, identifier: str) -> Object:
    peer.get("webhook_endpoint", identifier)
    del peer.objects[identifier]
    return {"id": identifier, "object": "webhook_endpoint", "deleted": True}


def listed_endpoints(peer: Peer, given: Page) -> Object:
    return answers.page(peer, peer.all("webhook_endpoint"), given, "/v1/webhook_endpoints")
