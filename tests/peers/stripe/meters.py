"""Meters and what is reported to them."""

from typing import Literal, Required, TypedDict

from tests.peers.stripe import answers
from tests.peers.stripe.answers import Page
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

DAY_S = 86400
OLDEST_S, LEAD_S = 35 * DAY_S, 300


class Aggregation(TypedDict):
    formula: Literal["sum", "count", "last"]


class Mapping(TypedDict):
    event_payload_key: str
    type: Literal["by_id"]


class Value(TypedDict):
    event_payload_key: str


class New(TypedDict, total=False):
    customer_mapping: Mapping
    default_aggregation: Required[Aggregation]
    display_name: Required[str]
    event_name: Required[str]
    value_settings: Value


class Report(TypedDict, total=False):
    event_name: Required[str]
    identifier: str
    payload: Required[dict[str, str]]
    timestamp: int


class Wanted(Page, total=False):
    status: Literal["active", "inactive"]


class WantedSummaries(Page, total=False):
    customer: Required[str]
    start_time: Required[int]
    end_time: Required[int]


def create(peer: Peer, given: New) -> Object:
    if _meter(peer, given["event_name"]):
        raise invalid(f"An active meter already has the event name {given['event_name']}.", param="event_name")
    made = peer.add(
        "billing.meter",
        "mtr",
        customer_mapping=given.get("customer_mapping", {"event_payload_key": "stripe_customer_id", "type": "by_id"}),
        default_aggregation=given["default_aggregation"],
        display_name=given["display_name"],
        event_name=given["event_name"],
        event_time_window=None,
        status="active",
        status_transitions={"deactivated_at": None},
        updated=peer.now,
        value_settings=given.get("value_settings", {"event_payload_key": "value"}),
    )
    peer.emit("billing.meter.created", made)
    return made


def _meter(peer: Peer, event_name: str) -> Object | None:
    found = peer.all("billing.meter", lambda each: each["event_name"] == event_name and each["status"] == "active")
    return found[0] if found else None


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.get("billing.meter", identifier)


def listed(peer: Peer, given: Wanted) -> Object:
    status = given.pop("status", None)
    return answers.page(
        peer, peer.all("billing.meter", lambda each: status in (None, each["status"])), given, "/v1/billing/meters"
    )


def report(peer: Peer, given: Report) -> Object:
    """One event. Raises Refusal for an identifier of the last day, a wrong time or value, or an unknown meter."""
    meter = _meter(peer, given["event_name"])
    if meter is None:
        raise invalid(f"No active meter found for event name {given['event_name']}.", param="event_name")
    at = given.get("timestamp", peer.now)
    if not peer.now - OLDEST_S <= at <= peer.now + LEAD_S:
        raise invalid("The timestamp must be within the past 35 days or up to 5 minutes ahead.", param="timestamp")
    customer, value = (given["payload"].get(key) for key in _keys(meter))
    peer.get("customer", customer or "", param="payload[stripe_customer_id]")
    if meter["default_aggregation"]["formula"] != "count" and not (value or "").isdigit():
        raise invalid("The value of a meter event must be a whole number.", param="payload[value]")
    name = given.get("identifier") or peer.identifier("mevt")
    recent = peer.all("billing.meter_event", lambda each: each["created"] > peer.now - DAY_S)
    if any(each["identifier"] == name for each in recent):
        raise invalid(f"An event already exists with identifier {name}.", param="identifier")
    return peer.add(
        "billing.meter_event",
        "hidden",
        event_name=given["event_name"],
        identifier=name,
        payload=given["payload"],
        timestamp=at,
    )


def _keys(meter: Object) -> tuple[str, str]:
    return meter["customer_mapping"]["event_payload_key"], meter["value_settings"]["event_payload_key"]


def total(peer: Peer, identifier: str, customer: str, start: int, end: int) -> int:
    """What the meter says of a customer from `start` up to, not including, `end`."""
    meter = peer.objects[identifier]
    whose, value = _keys(meter)
    events = [
        each
        for each in reversed(peer.all("billing.meter_event"))
        if each["event_name"] == meter["event_name"]
        and each["payload"].get(whose) == customer
        and start <= each["timestamp"] < end
    ]
    formula = meter["default_aggregation"]["formula"]
    if formula == "count":
        return len(events)
    values = [int(each["payload"][value]) for each in events]
    return sum(values) if formula == "sum" else (values or [0])[-1]


def summaries(peer: Peer, identifier: str, given: WantedSummaries) -> Object:
    peer.get("billing.meter", identifier)
    start, end, customer = given["start_time"], given["end_time"], given["customer"]
    if start % 60 or end % 60 or start >= end:
        raise invalid("start_time and end_time must be aligned with minute boundaries.", param="start_time")
    told = {"aggregated_value": float(total(peer, identifier, customer, start, end)), "start_time": start}
    made = {"id": peer.identifier("mtrusg"), "object": "billing.meter_event_summary", "livemode": False}
    made |= told | {"end_time": end, "meter": identifier}
    return {
        "object": "list",
        "data": [made],
        "has_more": False,
        "url": f"/v1/billing/meters/{identifier}/event_summaries",
    }
