"""Webhooks: signed so that the library takes them, sent again on failure, and led astray by switches."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from tests.contracts.stripe.conftest import kinds
from tests.peers.stripe import StripePeer, stripe_peer


@dataclass
class Receiver:
    """An endpoint. `answers` are the statuses of the next deliveries; then 200."""

    url: str = ""
    secret: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[bytes, str]] = field(default_factory=list)
    before: Callable[[], object] = bool  # what happens before an answer

    def events(self) -> list[stripe.Event]:
        """What came, its signature checked by the library."""
        return [stripe.Webhook.construct_event(*each, self.secret) for each in self.received]


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = told.answers.pop(0) if told.answers else 200
            told.before()
            told.received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def endpoint(client) -> Iterator[Receiver]:
    with receiver() as running:
        made = client.v1.webhook_endpoints.create({"url": running.url, "enabled_events": ["*"]})
        running.secret = made.secret
        yield running


def test_events_are_signed_and_are_the_ones_that_the_api_lists(client, peer, endpoint, customer, monthly):
    client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": monthly.id}]})
    peer.webhooks.settle()
    came = endpoint.events()
    listed = client.v1.events.list({"limit": 100}).data[::-1]
    assert [each.id for each in came] == [each.id for each in listed]
    assert [each.type for each in came] == kinds(peer)
    assert {each.api_version for each in came} == {stripe.api_version}
    assert {each.pending_webhooks for each in listed} == {0}
    update = next(each for each in came if each.type == "customer.subscription.updated")
    assert update.data.previous_attributes.status == "incomplete"
    assert update.data.object.status == "active"
    assert client.v1.events.retrieve(update.id).data.object.id == update.data.object.id


def test_a_signature_holds_for_its_own_content_and_secret_only(client, peer, endpoint):
    client.v1.customers.create({"name": "Ana"})
    peer.webhooks.settle()
    body, signature = endpoint.received[0]
    for told in (
        (body + b" ", signature, endpoint.secret),
        (body, signature, "whsec_other"),
        (body, "", endpoint.secret),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(*told)


def test_a_secret_is_rolled_with_or_without_an_overlap(client, peer, endpoint):
    where = client.v1.webhook_endpoints.list().data[0].id
    old, new = endpoint.secret, peer.roll_secret(where)
    client.v1.customers.create({})
    peer.webhooks.settle()
    for secret in (old, new):
        endpoint.secret = secret
        assert [each.type for each in endpoint.events()] == ["customer.created"]
    last = peer.roll_secret(where, overlap=False)
    client.v1.products.create({"name": "Pro"})
    peer.webhooks.settle()
    stripe.Webhook.construct_event(*endpoint.received[1], last)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(*endpoint.received[1], new)


def test_an_event_says_which_request_caused_it(client, peer, endpoint):
    made = client.v1.customers.create({"name": "Ana"}, {"idempotency_key": "k"})
    peer.advance(days=1)
    peer.webhooks.settle()
    asked = endpoint.events()[0].request
    assert (asked.id, asked.idempotency_key) == (made.last_response.headers["Request-Id"], "k")


def test_endpoints_get_what_they_ask_for_while_they_are_enabled(client, peer):
    with receiver() as running:
        asked = {"url": running.url, "enabled_events": ["product.created"]}
        made = client.v1.webhook_endpoints.create(asked)
        running.secret = made.secret
        client.v1.customers.create({})
        client.v1.products.create({"name": "Pro"})
        peer.webhooks.settle()
        assert [each.type for each in running.events()] == ["product.created"]
        assert client.v1.webhook_endpoints.retrieve(made.id).to_dict().get("secret") is None
        client.v1.webhook_endpoints.update(made.id, {"disabled": True})
        client.v1.products.create({"name": "Basic"})
        peer.webhooks.settle()
        assert len(running.received) == 1
        assert client.v1.webhook_endpoints.delete(made.id).deleted
        for wrong in (
            {"api_version": "2020-08-27"},
            {"url": "shop.example"},
            {"enabled_events": ["*", "product.created"]},
        ):
            with pytest.raises(stripe.InvalidRequestError):
                client.v1.webhook_endpoints.create(asked | wrong)
        assert client.v1.webhook_endpoints.list().data == []


def test_what_failed_is_sent_again_until_it_is_taken_or_given_up(client, peer, endpoint):
    peer.webhooks.switches.retries_s = (0.0, 0.0)
    endpoint.answers = [500, 302, 200]
    made = client.v1.customers.create({"name": "Ana"})
    peer.webhooks.settle()
    assert [(each.number, each.status) for each in peer.webhooks.made] == [(1, 500), (2, 302), (3, 200)]
    assert {each.data.object.id for each in endpoint.events()} == {made.id}
    endpoint.answers = [500] * 9
    client.v1.products.create({"name": "Pro"})
    peer.webhooks.settle()
    assert [each.status for each in peer.webhooks.made[3:]] == [500, 500, 500]
    assert client.v1.events.list({"type": "product.*"}).data[0].pending_webhooks == 1


def test_nobody_at_home_is_a_failure_too(client, peer):
    peer.webhooks.switches.retries_s = (0.0,)
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    client.v1.customers.create({})
    peer.webhooks.settle()
    assert [each.status for each in peer.webhooks.made] == [None, None]


def test_held_events_wait_until_they_are_let_go(client, peer, endpoint):
    peer.webhooks.hold()
    client.v1.customers.create({})
    client.v1.products.create({"name": "Pro"})
    assert endpoint.received == []
    peer.webhooks.settle()
    assert [each.type for each in endpoint.events()] == ["customer.created", "product.created"]


def led_astray(**switches) -> list[str]:
    """The names of twenty customers in the order in which their events came."""
    with stripe_peer(seed="1", now=0) as peer, receiver() as running:
        client = stripe.StripeClient(peer.key, base_addresses={"api": peer.url})
        client.v1.webhook_endpoints.create({"url": running.url, "enabled_events": ["*"]})
        for name, value in switches.items():
            setattr(peer.webhooks.switches, name, value)
        for number in range(20):
            client.v1.customers.create({"name": str(number)})
        peer.webhooks.settle()
        running.secret = next(each["_secrets"][0] for each in peer.all("webhook_endpoint"))
        return [each.data.object.name for each in running.events()]


IN_ORDER = [str(number) for number in range(20)]


def test_switches_drop_duplicate_and_reorder_by_a_seed():
    assert led_astray() == IN_ORDER
    dropped = led_astray(drop=0.4)
    assert 0 < len(dropped) < 20
    assert dropped == [each for each in IN_ORDER if each in dropped] == led_astray(drop=0.4)
    doubled = Counter(led_astray(duplicate=0.5))
    assert set(doubled) == set(IN_ORDER)
    assert set(doubled.values()) == {1, 2}
    mixed = led_astray(reorder=5)
    assert mixed != IN_ORDER
    assert mixed == led_astray(reorder=5) != led_astray(reorder=5, seed="2")
    groups = [sorted(mixed[start : start + 5], key=int) for start in range(0, 20, 5)]
    assert [each for group in groups for each in group] == IN_ORDER


def test_a_delay_lets_events_overtake_each_other():
    late = led_astray(delay_s=0.5)
    assert late != IN_ORDER
    assert sorted(late, key=int) == IN_ORDER


def test_several_are_sent_at_once(client, peer):
    together = threading.Barrier(3, timeout=30)
    with receiver() as running:
        client.v1.webhook_endpoints.create({"url": running.url, "enabled_events": ["*"]})
        running.before = together.wait  # nobody is answered before three have come
        peer.webhooks.switches.at_once = 3
        peer.webhooks.hold()
        for number in range(3):
            client.v1.customers.create({"name": str(number)})
        peer.webhooks.settle()
        assert [each.status for each in peer.webhooks.made] == [200, 200, 200]


def test_a_peer_ends_with_deliveries_still_waiting():
    with stripe_peer() as peer:
        assert isinstance(peer, StripePeer)
        client = stripe.StripeClient(peer.key, base_addresses={"api": peer.url})
        client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
        peer.webhooks.switches.retries_s = (3600.0,)
        client.v1.customers.create({})
    assert [each.is_alive() for each in peer.webhooks.threads] == [False]
