"""Webhooks on their way: signed, sent in the background, sent again; switches delay, drop, duplicate and reorder."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.peers.stripe.peer import Object, Peer


@dataclass
class Switches:
    """Which deliveries go wrong, by shares between 0 and 1; `seed` and the event decide, so that runs are alike."""

    seed: str = "0"
    drop: float = 0.0  # never sent
    duplicate: float = 0.0  # sent twice
    delay_s: float = 0.0  # each waits up to so long
    reorder: int = 1  # so many are gathered, and sent in another order
    at_once: int = 1  # so many are sent at the same time; with more than one, who comes first is left to chance
    retries_s: tuple[float, ...] = (0.05, 0.2, 0.8)  # waits before an endpoint that failed is asked again


@dataclass
class Attempt:
    """One delivery, and what came of it."""

    event: str
    kind: str
    endpoint: str
    number: int  # counted from 1
    status: int | None = None  # none when nobody answered


@dataclass(order=True)
class _Due:
    at: float
    order: int
    number: int = field(compare=False)
    payload: bytes = field(compare=False)
    event: Object = field(compare=False)
    endpoint: Object = field(compare=False)


def sign(payload: bytes, secrets: list[str], at: int) -> str:
    """The value of `Stripe-Signature`: one signature for each secret that holds."""
    signed = f"{at}.".encode() + payload
    macs = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={mac}" for mac in macs)])


def listening(peer: Peer, kind: str) -> list[Object]:
    """Endpoints that asked for such events."""
    endpoints = peer.all("webhook_endpoint", lambda each: each["status"] == "enabled")
    return [each for each in endpoints if {"*", kind} & set(each["enabled_events"])]


class Deliveries:
    """Threads send in the background. `made` tells every attempt, in order."""

    def __init__(self, seed: str) -> None:
        self.switches = Switches(seed)
        self.made: list[Attempt] = []
        self.gathered: list[_Due] = []
        self.due: list[_Due] = []
        self.busy = 0
        self.ended = False
        self.order = 0
        self.held = False
        self.condition = threading.Condition()
        self.threads: list[threading.Thread] = []

    def send(self, event: Object, endpoints: list[Object], told: Object) -> None:
        payload = json.dumps(told).encode()
        with self.condition:
            for endpoint in endpoints:
                chance = random.Random(f"{self.switches.seed} {event['id']} {endpoint['id']}")
                if chance.random() < self.switches.drop:
                    continue
                times = 2 if chance.random() < self.switches.duplicate else 1
                for _ in range(times):
                    at = time.monotonic() + chance.random() * self.switches.delay_s
                    self.order += 1
                    self.gathered.append(_Due(at, self.order, 1, payload, event, endpoint))
            if len(self.gathered) >= self.switches.reorder:
                self._pass_on()

    def hold(self) -> None:
        """Send nothing until `settle`."""
        with self.condition:
            self.held = True

    def settle(self) -> None:
        """Send what is gathered or held; return when everything has been sent or given up."""
        with self.condition:
            self.held = False
            self._pass_on()
            self.condition.wait_for(lambda: not self.due and not self.busy)

    def end(self) -> None:
        with self.condition:
            self.ended = True
            self.condition.notify_all()
        for each in self.threads:
            each.join()

    def _pass_on(self) -> None:
        """Under the condition."""
        if self.switches.reorder > 1:
            orders = sorted(each.order for each in self.gathered)
            random.Random(f"{self.switches.seed} {orders}").shuffle(orders)
            for each, order in zip(self.gathered, orders, strict=True):
                each.order, each.at = order, 0.0
        for each in self.gathered:
            heapq.heappush(self.due, each)
        self.gathered = []
        while self.due and len(self.threads) < self.switches.at_once:
            self.threads.append(threading.Thread(target=self._run))
            self.threads[-1].start()
        self.condition.notify_all()

    def _run(self) -> None:
        with httpx.Client(trust_env=False, timeout=10) as client:
            self._send_all(client)

    def _send_all(self, client: httpx.Client) -> None:
        while True:
            with self.condition:
                self.condition.wait_for(lambda: self.ended or (self.due and not self.held))
                if self.ended:
                    return
                wait = self.due[0].at - time.monotonic()
                if wait > 0:
                    self.condition.wait(wait)
                    continue
                this = heapq.heappop(self.due)
                self.busy += 1
            self._deliver(client, this)
            with self.condition:
                self.busy -= 1
                self.condition.notify_all()

    def _deliver(self, client: httpx.Client, this: _Due) -> None:
        attempt = Attempt(this.event["id"], this.event["type"], this.endpoint["id"], this.number)
        signature = sign(this.payload, this.endpoint["_secrets"], int(time.time()))
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        try:
            answer = client.post(this.endpoint["url"], content=this.payload, headers=headers)
            attempt.status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            attempt.status = None
        waits = self.switches.retries_s
        with self.condition:
            self.made.append(attempt)
            if attempt.status is not None and 200 <= attempt.status < 300:
                this.event["pending_webhooks"] = max(0, this.event["pending_webhooks"] - 1)
            elif this.number <= len(waits):
                self.order += 1
                again = time.monotonic() + waits[this.number - 1]
                following = _Due(again, self.order, this.number + 1, this.payload, this.event, this.endpoint)
                heapq.heappush(self.due, following)
