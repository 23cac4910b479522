"""What cannot be bought, and what is said when Stripe does not answer."""

from typing import Any

import psycopg
import pytest
import structlog
from pydantic import SecretStr

from billing.settings import BillingSettings
from billing.stripe import client as stripe_client
from tests.serving.checkout.purchases import BUNDLES, CREDITS, INTENT, opened
from tests.serving.checkout.shop import Shop

WRONG: list[tuple[str, dict[str, Any], str]] = [
    (CREDITS, {"offer": "credits-7"}, "no-such-offer"),
    (CREDITS, {"offer": "job-search"}, "no-such-offer"),
    (CREDITS, {"offer": "basic-month"}, "no-such-offer"),
    (BUNDLES, {"offer": "credits-50"}, "no-such-offer"),
    (INTENT, {"offer": "enterprise-lifetime"}, "no-such-offer"),
    (INTENT, {"offer": "basic-month"}, "no-such-offer"),
    (INTENT, {"offer": ""}, "invalid-parameter"),
    (INTENT, {"offer": "credits-50", "currency": "BTC"}, "invalid-parameter"),
    (INTENT, {"offer": "credits-50", "amount": -499}, "unknown-parameter"),
    (CREDITS, {"offer": "credits-50", "quantity": 10**18}, "unknown-parameter"),
    (CREDITS, {"offer": "credits-50", "success_url": "https://evil.example/"}, "invalid-parameter"),
    (BUNDLES, {"offer": "job-search", "cancel_url": "//evil.example/"}, "invalid-parameter"),
]


@pytest.mark.parametrize(("path", "body", "code"), WRONG)
def test_what_cannot_be_bought_is_refused_and_asks_nothing_of_stripe(
    shop: Shop, path: str, body: dict[str, Any], code: str
) -> None:
    ana = shop.buyer()
    before = len(shop.peer.objects)
    assert ana.refused(path, **body) == code
    assert len(shop.peer.objects) == before


REFUSED: list[tuple[str, str, bytes, str]] = [
    ("POST", CREDITS, b'{"offer": "credits-7"}', "no-such-offer"),
    ("POST", INTENT, b'{"offer": "credits-50", "currency": "BTC"}', "invalid-parameter"),
    ("POST", INTENT, b'{"offer": "credits-50", "amount": -499}', "unknown-parameter"),
    ("POST", INTENT, b"credits!", "malformed-body"),
    ("PUT", "/api/v1/subscriptions/overage", b'{"cap": -1}', "invalid-parameter"),
    ("GET", "/api/v1/checkout-sessions/{}", b"", "not-found"),
    ("POST", "/api/v1/tax-ids", b'{"type": "eu_vat"}', "invalid-parameter"),
]


@pytest.mark.parametrize(("method", "path", "body", "code"), REFUSED)
def test_what_is_refused_stands_in_the_audit_trail(shop: Shop, method: str, path: str, body: bytes, code: str) -> None:
    ana, bob = shop.buyer(), shop.buyer()
    path = path.format(opened(bob, CREDITS, "credits-50")["session_id"])
    sent = {"content": body, "headers": {"Content-Type": "application/json"}}
    assert shop.api.request(method, path, **sent).status_code == 401
    assert ana.api.request(method, path, **sent).json()["code"] == code
    shop.api.run(shop.api.app.state.refusals.write())
    with psycopg.connect(shop.server.urls.admin) as connection:
        asked = "SELECT facts::jsonb->>'refusal' FROM audit_log WHERE action = 'purchase.refused' AND actor_id = %s"
        assert connection.execute(asked, [ana.user_id]).fetchall() == [(code,)]


def test_who_paid_in_one_currency_cannot_in_another(shop: Shop) -> None:
    ana = shop.buyer()
    opened(ana, INTENT, "credits-50")
    with psycopg.connect(shop.server.urls.worker) as connection:
        connection.execute("UPDATE customers SET currency = 'GBP' WHERE user_id = %s", [ana.user_id])
    assert ana.refused(INTENT, offer="credits-50", currency="EUR") == "currency-mismatch"
    assert opened(ana, INTENT, "credits-50")["price"]["currency"] == "GBP"


def test_while_stripe_is_away_it_is_said_and_nothing_is_bought(shop: Shop) -> None:
    ana = shop.buyer()
    shop.peer.faults.next("status", "POST", "/v1/payment_intents", times=3)
    answer = ana.api.post(INTENT, json={"offer": "credits-50"})
    assert (answer.status_code, answer.json()["code"]) == (503, "payments-unavailable")
    assert int(answer.headers["retry-after"]) > 0
    opened(ana, INTENT, "credits-50")


def test_a_key_that_stripe_refuses_is_our_matter(shop: Shop) -> None:
    ana, state = shop.buyer(), shop.api.app.state
    settings = state.settings
    state.settings = settings.model_copy(update={"stripe_api_key": SecretStr("wrong")})
    try:
        with structlog.testing.capture_logs() as logs:
            answer = ana.api.post(INTENT, json={"offer": "credits-50"})
    finally:
        state.settings = settings
    assert (answer.status_code, answer.json()["code"]) == (503, "payments-unavailable")
    assert "PAYBAND_STRIPE_API_KEY" not in answer.text
    assert [each["log_level"] for each in logs if each["event"] == "stripe.not_set_up"] == ["error"]


def test_so_is_an_offer_that_was_not_brought_to_stripe(shop: Shop) -> None:
    ana = shop.buyer()
    (price,) = shop.stripe.v1.prices.list({"lookup_keys": ["credits-1000"]}).data
    shop.stripe.v1.prices.update(price.id, {"active": False})
    try:
        status, told = ana.post(CREDITS, offer="credits-1000")
    finally:
        shop.stripe.v1.prices.update(price.id, {"active": True})
    assert (status, told["code"]) == (503, "payments-unavailable")


def test_a_stripe_that_is_silent_is_not_waited_for_long(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe_client, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(stripe_client, "RETRIES", 0)
    stripe_client._client.cache_clear()
    ana, fault = shop.buyer(), shop.peer.faults.next("time_out", "POST", "/v1/customers")
    try:
        status, told = ana.post(INTENT, offer="credits-50")
    finally:
        shop.peer.faults.end()
        stripe_client._client.cache_clear()
    assert fault.reached.is_set()
    assert (status, told["code"]) == (503, "payments-unavailable")


def test_without_a_key_nothing_is_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBAND_STRIPE_API_KEY", "")
    assert BillingSettings().stripe_api_key is None
