"""What a stand-in with a file knows after it ended: all of it, and what it had still to tell."""

import json

import httpx
import pytest
import stripe

from tests.contracts.stripe.conftest import payer, price
from tests.contracts.stripe.running import DAY, item, subscribed
from tests.contracts.stripe.test_webhooks import receiver
from tests.peers.stripe import keeping, stripe_peer
from tests.peers.stripe.keeping import State, send_again


def client_of(peer):
    return stripe.StripeClient(peer.key, base_addresses={"api": peer.url}, max_network_retries=0)


def kept(peer, file):
    state = State(peer, file)
    state.restore()
    peer.keep = state.save
    return state


def test_another_one_goes_on_with_it(tmp_path):
    file = tmp_path / "state.json"
    once = {"idempotency_key": "one"}
    with stripe_peer(seed="1") as peer, kept(peer, file).held:
        client = client_of(peer)
        monthly, customer = price(client, 3000), payer(client, "pm_card_visa")
        sub = subscribed(client, customer, monthly)
        paid = {"amount": 500, "currency": "usd", "confirm": True}
        client.v1.payment_intents.create(paid | {"payment_method": "pm_card_createDispute"})
        intent = client.v1.payment_intents.create(paid | {"payment_method": "pm_card_visa"})
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
        again = client.v1.customers.create({"name": "Ana"}, once)
        lines = [{"price": monthly.id, "quantity": 1}]
        asked = {"mode": "subscription", "line_items": lines, "success_url": "http://127.0.0.1/done"}
        page = client.v1.checkout.sessions.create(asked)
        before, url = dict(peer.objects), peer.url
        assert json.loads(json.dumps(before)) == before
    assert file.stat().st_mode & 0o077 == 0
    with stripe_peer(seed="2") as peer, kept(peer, file).held:
        assert peer.objects[page.id]["url"].startswith(f"{peer.url}/")
        assert dict(peer.objects) == json.loads(json.dumps(before).replace(f"{url}/", f"{peer.url}/"))
        client = client_of(peer)
        assert client.v1.customers.create({"name": "Ana"}, once).id == again.id
        assert client.v1.customers.create({"name": "Bo"}).id not in before
        paid = httpx.post(peer.objects[page.id]["url"], data={"do": "pay", "card": "4242424242424242"})
        assert paid.status_code == 303
        peer.advance(to=item(sub)["current_period_end"] + DAY)  # as when it was away over the end of a period
        assert [each.status for each in client.v1.invoices.list({"subscription": sub.id}).data] == ["paid", "paid"]


def test_what_nobody_took_is_told_again(tmp_path):
    file = tmp_path / "state.json"
    with stripe_peer() as peer, kept(peer, file).held:
        peer.webhooks.hold()
        endpoint = client_of(peer).v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
        client_of(peer).v1.customers.create({"name": "Ana"})
    with stripe_peer() as peer, receiver() as running, kept(peer, file).held:
        client_of(peer).v1.webhook_endpoints.update(endpoint.id, {"url": running.url})
        running.secret = endpoint.secret
        send_again(peer)
        peer.webhooks.settle()
        assert [each.type for each in running.events()] == ["customer.created"]
        send_again(peer)
        peer.webhooks.settle()
        assert len(running.received) == 1


def test_a_file_is_one_peers(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE_S", 0)
    with stripe_peer() as peer, State(peer, tmp_path / "state.json").held, pytest.raises(BlockingIOError):
        State(peer, tmp_path / "state.json")
