"""What becomes of subscriptions that have not begun when the same plan, or a larger one, is bought for good."""

from typing import Any

import psycopg
import pytest

from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

INTENT, PAGE = "/api/v1/create-payment-intent", f"{SUBSCRIPTIONS}/create-checkout-session"
GONE = ("expired", "incomplete_expired")


def opened(buyer: Buyer, way: str, offer: str) -> str:
    """A page, or a subscription that waits for its first payment."""
    if way == "page":
        return str(buyer.post(PAGE, offer=offer)[1]["session_id"])
    return str(buyer.subscribe(offer, card=None)["subscription_id"])


def for_good(buyer: Buyer) -> str:
    status, told = buyer.post(INTENT, offer="professional-lifetime")
    assert status == 201, told
    return str(told["payment_intent_id"])


def pay(shop: Shop, intent: str) -> None:
    paying: Any = {"payment_method": "pm_card_visa"}
    shop.stripe.v1.payment_intents.confirm(intent, paying)
    shop.deliver()


@pytest.mark.parametrize("way", ["page", "form"])
@pytest.mark.parametrize("offer", ["basic-year", "professional-month"])
def test_who_buys_a_plan_for_good_cannot_pay_for_it_by_the_month_too(shop: Shop, way: str, offer: str) -> None:
    """Neither by what was open before they asked for it, nor by what they opened before they paid."""
    ana = shop.buyer()
    before = opened(ana, way, offer)
    intent = for_good(ana)
    assert shop.peer.objects[before]["status"] in GONE
    between = opened(ana, way, offer)
    assert shop.peer.objects[between]["status"] not in GONE
    pay(shop, intent)
    assert shop.peer.objects[between]["status"] in GONE
    assert ana.has == ("professional", "active")
    assert ana.refused(PAGE, offer=offer) == "conflict"


@pytest.mark.parametrize("way", ["page", "form"])
def test_a_larger_plan_that_was_about_to_begin_still_can(shop: Shop, way: str) -> None:
    ana = shop.buyer()
    before = opened(ana, way, "enterprise-month")
    pay(shop, for_good(ana))
    assert shop.peer.objects[before]["status"] not in GONE


def test_a_page_that_is_being_paid_on_is_waited_for(shop: Shop) -> None:
    ana = shop.buyer()
    page = opened(ana, "page", "professional-month")
    shop.peer.faults.next("status", "POST", f"/v1/checkout/sessions/{page}/expire", status=400)
    assert ana.refused(INTENT, offer="professional-lifetime") == "in-progress"
    for_good(ana)
    assert shop.peer.objects[page]["status"] == "expired"


def test_a_page_that_was_being_paid_on_when_the_plan_was_is_closed_later(shop: Shop) -> None:
    ana = shop.buyer()
    intent = for_good(ana)
    page = opened(ana, "page", "professional-month")
    shop.peer.faults.next("status", "POST", f"/v1/checkout/sessions/{page}/expire", status=400)
    pay(shop, intent)
    assert shop.peer.objects[page]["status"] not in GONE
    with psycopg.connect(shop.server.urls.owner, autocommit=True) as owner:  # the worker waits until it tries again
        owner.execute("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'")
    shop.work()
    assert shop.peer.objects[page]["status"] in GONE
