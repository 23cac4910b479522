"""A plan that is bought once and for good: open to be paid once, whichever way and however often it is asked for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.serving.checkout.purchases import BUNDLES, INTENT, LIFETIME, confirm, opened
from tests.serving.checkout.shop import SUBSCRIPTIONS, Shop, lost

STILL = ("open", "requires_payment_method")


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
