"""Stripe's own test clocks, so that a test that moves time can also run against Stripe's test mode.

The stand-in has one clock for all: each test clock shows it and moves it.
"""

from typing import Required, TypedDict

from tests.peers.stripe import answers, clock
from tests.peers.stripe.answers import Page
from tests.peers.stripe.errors import invalid
from tests.peers.stripe.peer import Object, Peer

KIND = "test_helpers.test_clock"
KEPT_S = 30 * 86400


class New(TypedDict, total=False):
    frozen_time: Required[int]
    name: str


class Advance(TypedDict):
    frozen_time: int


def create(peer: Peer, given: New) -> Object:
    if given["frozen_time"] < peer.now:
        raise invalid("The stand-in's clock is later than this already.", param="frozen_time")
    clock.advance(peer, given["frozen_time"])
    made = peer.add(
        KIND,
        "clock",
        deletes_after=peer.now + KEPT_S,
        frozen_time=peer.now,
        name=given.get("name"),
        status="ready",
        status_details={},
    )
    peer.emit("test_helpers.test_clock.created", made)
    return made


def retrieve(peer: Peer, identifier: str) -> Object:
    return peer.change(peer.get(KIND, identifier), frozen_time=peer.now)


def advance(peer: Peer, identifier: str, given: Advance) -> Object:
    found = peer.get(KIND, identifier)
    if given["frozen_time"] <= peer.now:
        raise invalid("frozen_time must be later than the clock's current time.", param="frozen_time")
    clock.advance(peer, given["frozen_time"])
    peer.change(found, frozen_time=peer.now)
    peer.emit("test_helpers.test_clock.ready", found)
    return found


def listed(peer: Peer, given: Page) -> Object:
    return answers.page(peer, peer.all(KIND), given, "/v1/test_helpers/test_clocks")


def delete(peer: Peer, identifier: str) -> Object:
    del peer.objects[peer.get(KIND, identifier)["id"]]
    return {"id": identifier, "object": KIND, "deleted": True}
