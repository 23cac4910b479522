"""Buying what is bought once: by the doors, Stripe's stand-in, its webhooks and the worker, all at once."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import structlog
from pydantic import SecretStr

from billing.money import CURRENCIES
from billing.offers import offers
from billing.settings import BillingSettings
from billing.stripe import client as stripe_client
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop, lost
from tests.waiting import until

CREDITS, BUNDLES, INTENT = "/api/v1/credits/purchase", "/api/v1/bundles/purchase", "/api/v1/create-payment-intent"
LIFETIME, STILL = "professional-lifetime", ("open", "requires_payment_method")
ONCE = ("credits-50", "career-for-life", "professional-lifetime")


def opened(buyer: Buyer, path: str, offer: str, **more: Any) -> dict[str, Any]:
    status, told = buyer.post(path, offer=offer, **more)
    assert status == 201, told
    return told


def confirm(shop: Shop, intent: str, card: str = "pm_card_visa") -> None:
    asked: Any = {"payment_method": card}
    shop.stripe.v1.payment_intents.confirm(intent, asked)


def has_its_rate(buyer: Buyer) -> bool:
    """Whether access lets them ask as often as the plan professional may."""
    return ";q=5000;" in buyer.api.get("/api/v1/users/me").headers["ratelimit-policy"]


def lines(buyer: Buyer) -> list[tuple[str, str, str]]:
    """(kind, amount, status) of everything that was paid, newest first."""
    found = buyer.api.get("/api/v1/users/me/billing").json()["lines"]
    return [(each["kind"], each["amount"]["text"], each["status"]) for each in found]


def test_credits_are_bought_on_a_page_of_stripes(shop: Shop) -> None:
    ana = shop.buyer()
    page = opened(ana, CREDITS, "credits-50", success_url="/thanks", cancel_url="/")
    assert page["price"] == {"minor": 499, "currency": "USD", "text": "4.99"}
    there = shop.peer.objects[page["session_id"]]
    assert (there["mode"], there["success_url"]) == ("payment", "http://127.0.0.1:8000/thanks")
    shop.deliver()
    assert ana.credits == 0
    shop.peer.complete(page["session_id"], "pm_card_visa")
    shop.deliver()
    assert ana.credits == 50
    assert lines(ana) == [("payment", "4.99", "paid")]


def test_a_declined_card_buys_nothing_and_another_one_does(shop: Shop) -> None:
    ana = shop.buyer()
    made = opened(ana, INTENT, "credits-250")
    assert made["client_secret"].startswith(made["payment_intent_id"])
    with pytest.raises(Exception, match="declined"):
        confirm(shop, made["payment_intent_id"], "pm_card_chargeDeclined")
    shop.deliver()
    assert (ana.credits, lines(ana)) == (0, [])
    confirm(shop, made["payment_intent_id"])
    shop.deliver()
    assert (ana.credits, lines(ana)) == (250, [("payment", "19.99", "paid")])


def test_a_bank_that_asks_is_waited_for(shop: Shop) -> None:
    ana = shop.buyer()
    made = opened(ana, INTENT, "credits-50")
    confirm(shop, made["payment_intent_id"], "pm_card_authenticationRequired")
    shop.deliver()
    assert ana.credits == 0
    shop.peer.authenticate(made["payment_intent_id"])
    shop.deliver()
    assert ana.credits == 50


def test_a_plan_for_good_opens_its_doors_within_a_moment(shop: Shop) -> None:
    ana = shop.buyer()
    assert not has_its_rate(ana)
    confirm(shop, opened(ana, INTENT, "professional-lifetime")["payment_intent_id"])
    shop.deliver()
    until(lambda: has_its_rate(ana))
    assert ana.current["plan"] == "professional"
    assert ana.current["until"] is None
    found = ana.api.get("/api/v1/licenses").json()["licenses"]
    assert [(each["product"], each["state"]) for each in found] == [("desktop", "active")]
    assert ana.refused(INTENT, offer="professional-lifetime") == "conflict"
    assert ana.refused(BUNDLES, offer="career-for-life") == "conflict"


@pytest.mark.parametrize(("path", "offer"), [(INTENT, LIFETIME), (BUNDLES, "career-for-life")])
def test_what_is_for_good_is_open_to_be_paid_once(shop: Shop, path: str, offer: str) -> None:
    """Also where it is in a bundle, and by whichever way."""
    ana = shop.buyer()
    pack = opened(ana, INTENT, "credits-50")["payment_intent_id"]
    intent = opened(ana, INTENT, LIFETIME)["payment_intent_id"]
    page = opened(ana, BUNDLES, "career-for-life")["session_id"]
    opened(ana, path, offer)
    there = shop.peer.objects
    assert [there[each]["status"] for each in (intent, page)] == ["canceled", "expired"]
    assert there[pack]["status"] == "requires_payment_method", "of packs there may be many"


def test_who_has_paid_for_good_does_not_pay_again_before_we_hear_of_it(shop: Shop) -> None:
    ana = shop.buyer()
    confirm(shop, intent := opened(ana, INTENT, LIFETIME)["payment_intent_id"])
    assert ana.refused(INTENT, offer=LIFETIME) == "conflict"
    shop.deliver()
    shop.stripe.v1.refunds.create({"payment_intent": intent})
    shop.deliver()
    confirm(shop, opened(ana, INTENT, LIFETIME)["payment_intent_id"])
    shop.deliver()
    assert ana.has == ("professional", "active"), "what went back is no obstacle"


@pytest.mark.parametrize(
    ("path", "offer", "asked"),
    [(INTENT, LIFETIME, "/v1/payment_intents"), (BUNDLES, "career-for-life", "/v1/checkout/sessions")],
)
def test_what_is_for_good_and_whose_answer_was_lost_is_given_again(
    shop: Shop, path: str, offer: str, asked: str
) -> None:
    ana = shop.buyer()
    ana.post(f"{SUBSCRIPTIONS}/create-portal-session")
    lost(shop, asked)
    assert ana.post(path, key=f"lost{offer}", offer=offer)[1]["code"] == "payments-unavailable"
    status, told = ana.post(path, key=f"lost{offer}", offer=offer)
    assert status == 201
    assert shop.peer.objects[told.get("session_id") or told["payment_intent_id"]]["status"] in STILL


def test_of_many_at_once_one_is_open(shop: Shop) -> None:
    ana = shop.buyer()
    with ThreadPoolExecutor(6) as pool:
        codes = [told.get("code") for _, told in pool.map(lambda _: ana.post(INTENT, offer=LIFETIME), range(6))]
    assert set(codes) <= {None, "in-progress"}
    there = shop.peer.all("payment_intent", lambda each: each["metadata"].get("payband_offer") == LIFETIME)
    assert [each["status"] for each in there if each["customer"] == there[0]["customer"]].count(
        "requires_payment_method"
    ) == 1


def test_a_bundle_is_there_with_all_its_parts_and_goes_with_its_money(shop: Shop) -> None:
    ana = shop.buyer()
    page = opened(ana, BUNDLES, "job-search")
    shop.peer.complete(page["session_id"], "pm_card_visa")
    shop.deliver()
    assert (ana.current["plan"], ana.current["state"], ana.credits) == ("professional", "active", 650)
    intent = shop.peer.objects[page["session_id"]]["payment_intent"]
    shop.stripe.v1.refunds.create({"payment_intent": intent})
    shop.deliver()
    assert (ana.current["plan"], ana.credits) == ("free", 0)
    assert [(kind, status) for kind, _, status in lines(ana)] == [("refund", "succeeded"), ("payment", "refunded")]


def test_months_of_a_bundle_end(shop: Shop) -> None:
    ana = shop.buyer()
    shop.peer.complete(opened(ana, BUNDLES, "job-search")["session_id"], "pm_card_visa")
    shop.deliver()
    shop.later(days=180)
    assert ana.current["plan"] == "professional"
    shop.later(days=5)
    assert ana.current["plan"] == "free"


@pytest.mark.parametrize("offer", ONCE)
def test_everything_costs_what_the_price_list_says_in_every_currency(shop: Shop, offer: str) -> None:
    ana = shop.buyer()
    for currency in CURRENCIES:
        made = opened(ana, INTENT, offer, currency=currency)
        there = shop.peer.objects[made["payment_intent_id"]]
        assert made["price"]["minor"] == offers()[offer].prices.in_(currency).minor == there["amount"]
        assert there["currency"] == currency.lower()


def test_the_currency_is_that_of_the_accounts_region(shop: Shop) -> None:
    ana = shop.buyer(region="PK")
    assert opened(ana, CREDITS, "credits-50")["price"]["currency"] == "PKR"
    assert opened(ana, CREDITS, "credits-50", currency="EUR")["price"]["currency"] == "EUR"


def test_the_same_key_is_the_same_purchase(shop: Shop) -> None:
    ana = shop.buyer()
    for path, offer in ((INTENT, "credits-50"), (CREDITS, "credits-50"), (BUNDLES, "job-search")):
        first, again = (ana.post(path, key=f"k{path}", offer=offer) for _ in range(2))
        assert first == again
        assert ana.post(path, key=f"k{path}", offer="career-for-life")[1]["code"] == "idempotency-key-reused"


def test_a_key_whose_answer_was_lost_is_good_for_the_same_purchase_alone(shop: Shop) -> None:
    ana = shop.buyer()
    lost(shop, "/v1/payment_intents")
    assert ana.post(INTENT, key="gone", offer="credits-50")[1]["code"] == "payments-unavailable"
    assert ana.post(INTENT, key="gone", offer="credits-250")[1]["code"] == "idempotency-key-reused"
    status, told = ana.post(INTENT, key="gone", offer="credits-50")
    assert status == 201
    assert len(shop.peer.all("payment_intent", lambda each: each["customer"] == customer(shop, told))) == 1


def customer(shop: Shop, told: dict[str, Any]) -> str:
    return str(shop.peer.objects[told["payment_intent_id"]]["customer"])


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


def test_any_order_and_number_of_deliveries_gives_the_same_once(shop: Shop) -> None:
    """Every event of a purchase twice, and each order of the kinds."""
    for order in itertools.permutations(range(3)):
        ana = shop.buyer()
        made = opened(ana, INTENT, "credits-50")
        confirm(shop, made["payment_intent_id"])
        shop.stripe.v1.refunds.create({"payment_intent": made["payment_intent_id"], "amount": 250})
        events = [each for each in shop.peer.all("event") if each["id"] not in shop.told]
        parts = [events[number::3] for number in range(3)]
        for part in (parts[number] for number in order):
            for event in (*part, *part):
                shop.send(event)
            shop.work()
        shop.told |= {each["id"] for each in events}
        assert (ana.credits, len(lines(ana))) == (50 - 50 * 250 // 499, 2)
