"""Buying what is bought once: by the doors, Stripe's stand-in, its webhooks and the worker, all at once."""

import itertools
from typing import Any

import pytest

from billing.money import CURRENCIES
from billing.offers import offers
from tests.serving.checkout.purchases import BUNDLES, CREDITS, INTENT, LIFETIME, confirm, opened
from tests.serving.checkout.shop import Buyer, Shop, lost
from tests.waiting import until

ONCE = ("credits-50", "career-for-life", LIFETIME)


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
