"""Subscribing to what one is subscribed to: with a card for what is owed, and after all to what was to end."""

from collections.abc import Iterator

import pytest

from tests.serving.checkout.shop import SUBSCRIBE, SUBSCRIPTIONS, Buyer, Shop

CANCEL = f"{SUBSCRIPTIONS}/cancel"
VISA, ANOTHER, FAILS, ASKS = (
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_chargeCustomerFail",
    "pm_card_authenticationRequired",
)


@pytest.fixture
def kept_unpaid(shop: Shop) -> Iterator[None]:
    """Stripe is set to leave subscriptions unpaid after the last attempt, and not to cancel them."""
    shop.peer.after_retries = "unpaid"
    yield
    shop.peer.after_retries = "cancel"


def owing(shop: Shop, buyer: Buyer, days: int) -> None:
    buyer.with_card(FAILS)
    shop.later(days=days)


@pytest.mark.usefixtures("kept_unpaid")
@pytest.mark.parametrize(
    ("days", "status", "invoice"),
    [(32, "past_due", "open"), (50, "unpaid", "open"), (65, "unpaid", "draft")],
)
def test_who_owes_pays_with_a_new_card_which_pays_for_what_follows(
    shop: Shop, ana: Buyer, days: int, status: str, invoice: str
) -> None:
    owing(shop, ana, days)
    assert (ana.there[0]["status"], ana.invoice["status"]) == (status, invoice)
    begun = ana.subscribe(card=VISA)
    assert (begun["status"], begun["confirms"], begun["subscription_id"]) == ("active", None, ana.there[0]["id"])
    assert ana.invoice["amount_paid"] == 999
    shop.deliver()
    assert ana.has == ("basic", "active")
    shop.later(days=31)
    assert ana.has == ("basic", "active")


def test_who_owes_and_has_a_card_that_is_declined_owes_still(shop: Shop, ana: Buyer) -> None:
    owing(shop, ana, 32)
    before = ana.there[0]["default_payment_method"]
    refusal = ana.refused(SUBSCRIBE, offer="basic-month", payment_method=FAILS)
    assert (refusal, ana.there[0]["default_payment_method"]) == ("payment-declined", before)
    assert ana.subscribe(card=None)["confirms"] == "payment"
    assert ana.there[0]["status"] == "past_due"


def test_who_owes_and_whose_bank_asks_confirms_it(shop: Shop, ana: Buyer) -> None:
    owing(shop, ana, 32)
    begun = ana.subscribe(card=ASKS)
    assert (begun["status"], begun["confirms"]) == ("past_due", "payment")
    shop.peer.authenticate(begun["client_secret"].partition("_secret")[0])
    shop.deliver()
    assert ana.has == ("basic", "active")


@pytest.mark.parametrize("trial", [False, True])
def test_who_subscribes_after_all_to_what_was_to_end_keeps_it(shop: Shop, trial: bool) -> None:
    ana = shop.buyer()
    begun = ana.subscribe(trial=trial)
    assert ana.post(CANCEL)[1]["cancel_at"] is not None
    again = ana.subscribe(card=ANOTHER, trial=trial)
    assert (again["subscription_id"], again["status"]) == (begun["subscription_id"], begun["status"])
    assert ana.there[0]["cancel_at"] is None
    shop.later(days=32)
    assert ana.has == ("basic", "active")
    card = shop.peer.objects[ana.there[0]["default_payment_method"]]["card"]["brand"]
    assert card == "mastercard", "the one that was sent with it"


def test_who_asks_for_a_page_for_what_is_to_end_is_told_what_lets_it_go_on(ana: Buyer) -> None:
    ana.post(CANCEL)
    for offer, verb in (("basic-month", "resume"), ("basic-year", "change")):
        told = ana.post(f"{SUBSCRIPTIONS}/create-checkout-session", offer=offer)[1]
        assert (told["code"], f"POST {SUBSCRIPTIONS}/{verb}" in told["detail"]) == ("already-subscribed", True)
