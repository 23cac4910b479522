"""The stand-in's state: objects in memory, one lock, a clock that only tests move, ids that a seed decides."""

import copy
import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.peers.stripe import answers, deliveries, faults, idempotency
from tests.peers.stripe.errors import missing
from tests.peers.stripe.store import Object, Store

VERSION = "2026-10-28.endive"  # of the API: the one whose shapes these are

Reactions = dict[str, list[Callable[["Peer", Object], None]]]


class Peer:
    """What Stripe knows. Members that begin with an underscore are never sent.

    `now` is in seconds since 1970. `after_retries` is what becomes of a subscription whose last attempt at payment
    failed: cancel, unpaid or past_due. `reactions` say which objects follow when another has changed, by event.
    """

    def __init__(self, reactions: Reactions, *, seed: str = "0", now: int | None = None) -> None:
        self.reactions = reactions
        self.seed = seed
        self.now = int(time.time()) if now is None else now
        self.url = ""
        self.lock = threading.RLock()
        self.objects = Store()
        self.counts: Counter[str] = Counter()
        self.keep: Callable[[], None] = lambda: None  # called when something was done, before it is told
        self.asked_by: tuple[str | None, str | None] = (None, None)  # request and idempotency key, for events
        self.after_retries = "cancel"
        self.key = self.secret("sk_test")
        self.idempotency = idempotency.Memory()
        self.faults = faults.Faults()
        self.webhooks = deliveries.Deliveries(seed)

    def secret(self, prefix: str) -> str:
        return self.identifier(prefix) + self.identifier("more").removeprefix("more_")

    def identifier(self, prefix: str) -> str:
        """The next of its kind: the same in every peer of the same seed that was asked the same."""
        with self.lock:
            self.counts[prefix] += 1
            text = f"{self.seed} {prefix} {self.counts[prefix]}"
        return f"{prefix}_{hashlib.sha256(text.encode()).hexdigest()[:20]}"

    def add(self, kind: str, prefix: str, **members: Any) -> Object:
        made = {"id": members.pop("id", None) or self.identifier(prefix), "object": kind, "created": self.now}
        made |= {"livemode": False} | copy.deepcopy(members)
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, identifier: str, *, param: str | None = None) -> Object:
        """The object. Raises Refusal when there is none of this kind, or it is deleted."""
        found = self.objects.get(identifier)
        if found is None or found["object"] != kind or found.get("deleted"):
            raise missing(kind, identifier, param=param)
        return found

    def all(self, kind: str, where: Callable[[Object], bool] = lambda _: True) -> list[Object]:
        """Newest first, as Stripe lists them."""
        return [each for each in self.objects.newest_first(kind) if where(each)]

    def render(self, found: Object) -> Object:
        return answers.render(self, found)

    def change(self, found: Object, event: str | None = None, **members: Any) -> Object:
        """Set members; when that changes what is sent, tell of it by `event`."""
        if event is None:
            found.update(members)
            return found
        before = self.render(found)
        found.update(members)
        after = self.render(found)
        previous = {name: before.get(name) for name in after if before.get(name) != after[name]}
        if previous:
            self.emit(event, found, previous)
        return found

    def emit(self, kind: str, about: Object, previous: Object | None = None) -> None:
        """Record an event, send it to whoever listens, and let the other objects react."""
        data = {"object": self.render(about)} | ({"previous_attributes": previous} if previous else {})
        asked = dict(zip(("id", "idempotency_key"), self.asked_by, strict=True))
        endpoints = deliveries.listening(self, kind)
        event = self.add(
            "event",
            "evt",
            api_version=VERSION,
            data=data,
            pending_webhooks=len(endpoints),
            request=asked,
            type=kind,
        )
        self.webhooks.send(event, endpoints, self.render(event))
        for react in self.reactions.get(kind, ()):
            react(self, about)
