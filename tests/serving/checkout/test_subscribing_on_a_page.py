"""Subscribing and looking after it on pages of Stripe's."""

import pytest

from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop, lost

PAGE = f"{SUBSCRIPTIONS}/create-checkout-session"


@pytest.fixture
def ana(shop: Shop) -> Buyer:
    """Somebody who has not bought anything."""
    return shop.buyer()


def test_who_subscribes_after_all_without_the_page_does_not_pay_on_it_too(shop: Shop, ana: Buyer) -> None:
    page = ana.post(PAGE, offer="basic-month")[1]
    ana.subscribe("professional-month")
    assert shop.peer.objects[page["session_id"]]["status"] == "expired"


def test_a_page_whose_answer_was_lost_is_given_again_while_it_is_open(shop: Shop, ana: Buyer) -> None:
    lost(shop, "/v1/checkout/sessions")
    assert ana.post(PAGE, key="k", offer="basic-month")[1]["code"] == "payments-unavailable"
    status, told = ana.signed_in_anew().post(PAGE, key="k", offer="basic-month")
    assert (status, shop.peer.objects[told["session_id"]]["status"]) == (201, "open")
    assert ana.post(PAGE, key="k", offer="basic-month") == (201, told)
    ana.post(PAGE, key="another", offer="basic-month")
    assert shop.peer.objects[told["session_id"]]["status"] == "expired"


def test_it_begins_on_a_page_of_stripes(shop: Shop, ana: Buyer) -> None:
    first, second = (ana.post(PAGE, offer="basic-month", success_url="/welcome")[1] for _ in range(2))
    assert shop.peer.objects[first["session_id"]]["status"] == "expired", "nobody pays on two pages"
    page = shop.peer.objects[second["session_id"]]
    assert (page["success_url"], page["client_reference_id"]) == ("http://127.0.0.1:8000/welcome", str(ana.user_id))
    shop.peer.complete(second["session_id"])
    shop.deliver()
    assert ana.has == ("basic", "trialing")
    assert ana.refused(PAGE, offer="basic-month") == "already-subscribed"


@pytest.mark.parametrize(
    "page", ["https://evil.example/", "//evil.example", "/\\evil.example", "http://127.0.0.1:8000.evil"]
)
def test_no_page_leads_to_somebody_elses(ana: Buyer, page: str) -> None:
    for door, name in (("create-checkout-session", "success_url"), ("create-portal-session", "return_url")):
        body = {"offer": "basic-month"} if name == "success_url" else {}
        assert ana.refused(f"{SUBSCRIPTIONS}/{door}", **body, **{name: page}) == "invalid-parameter"


def test_cards_and_invoices_are_looked_after_on_a_page_of_stripes(shop: Shop, ana: Buyer) -> None:
    status, told = ana.post(f"{SUBSCRIPTIONS}/create-portal-session", return_url="/account")
    assert status == 201
    assert told["url"].startswith(shop.peer.url)
