"""Subscribing, from the first request to the plan that is in force; and everything that is refused on the way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from billing.plans import HOUR_S, TRIAL_DAYS
from serving.limits import rates
from serving.limits.policies import Policies, Policy
from tests.serving.checkout.shop import SUBSCRIBE, SUBSCRIPTIONS, Buyer, Shop, lost
from tests.waiting import until

PAGE = f"{SUBSCRIPTIONS}/create-checkout-session"


@pytest.fixture
def ana(shop: Shop) -> Buyer:
    return shop.buyer()


def test_who_pays_has_the_plan_and_a_key(shop: Shop, ana: Buyer) -> None:
    assert ana.has == ("free", "free")
    ana.is_told(402, "insufficient-credits")
    begun = ana.subscribe()
    assert (begun["status"], begun["confirms"], begun["client_secret"]) == ("active", None, None)
    shop.deliver()
    assert ana.has == ("basic", "active")
    ana.is_told(200)
    keyed = Buyer(shop, shop.api.with_headers(**{"X-API-Key": begun["api_key"]}))
    keyed.is_told(200)
    told = ana.current["subscription"]
    assert (told["id"], told["offer"], told["currency"]) == (begun["subscription_id"], "basic-month", "USD")
    assert ana.current["until"] == told["period_end"]


def test_asked_again_it_is_the_same_subscription_and_the_key_is_not_shown_again(ana: Buyer) -> None:
    begun, again = ana.subscribe(), ana.subscribe()
    assert again == begun | {"api_key": None}
    assert len(ana.there) == 1
    assert ana.refused(SUBSCRIBE, offer="professional-month") == "already-subscribed"


def test_a_card_that_is_given_later_is_confirmed_with_the_secret(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(card=None)
    assert (begun["status"], begun["confirms"], begun["api_key"]) == ("incomplete", "payment", None)
    shop.deliver()
    assert ana.has == ("free", "free"), "nothing was paid"
    intent = begun["client_secret"].partition("_secret")[0]
    paying: Any = {"payment_method": "pm_card_visa"}
    shop.stripe.v1.payment_intents.confirm(intent, paying)
    shop.deliver()
    assert ana.has == ("basic", "active")
    again = ana.subscribe(card=None)
    assert (again["subscription_id"], again["status"]) == (begun["subscription_id"], "active")
    assert again["api_key"]


def test_what_waits_for_its_first_payment_is_shown_and_can_be_given_up(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(card="pm_card_authenticationRequired")
    shop.deliver()
    told = ana.current["subscription"]
    assert (ana.has, told["id"]) == (("free", "free"), begun["subscription_id"])
    assert (told["status"], told["confirms"]) == ("incomplete", "payment")
    assert ana.subscribe(card=None)["client_secret"] == begun["client_secret"]
    assert ana.refused(f"{SUBSCRIPTIONS}/resume") == "no-subscription", "there is nothing that could go on"
    status, done = ana.post(f"{SUBSCRIPTIONS}/cancel")
    assert (status, done["status"], done["subscription_id"]) == (200, "incomplete_expired", begun["subscription_id"])
    shop.deliver()
    assert ana.current["subscription"] is None
    assert ana.refused(f"{SUBSCRIPTIONS}/cancel") == "no-subscription"
    ana.subscribe()
    shop.deliver()
    assert ana.current["subscription"]["confirms"] is None


def test_another_card_pays_what_the_first_did_not(shop: Shop, ana: Buyer) -> None:
    assert ana.subscribe(card="pm_card_chargeCustomerFail")["status"] == "incomplete"
    declined = ana.post(SUBSCRIBE, offer="basic-month", payment_method="pm_card_chargeCustomerFail")
    assert declined[1]["code"] == "payment-declined"
    asked = ana.subscribe(card="pm_card_authenticationRequired")
    assert (asked["status"], asked["confirms"]) == ("incomplete", "payment")
    begun = ana.subscribe()
    assert (begun["status"], bool(begun["api_key"]), len(ana.there)) == ("active", True, 1)
    assert ana.invoice["amount_paid"] == 999
    shop.later(days=32)
    assert ana.has == ("basic", "active"), "the card that paid is kept"


def test_a_bank_that_wants_to_be_asked_is(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(card="pm_card_authenticationRequired")
    assert (begun["status"], begun["confirms"]) == ("incomplete", "payment")
    shop.peer.authenticate(begun["client_secret"].partition("_secret")[0])
    shop.deliver()
    assert ana.has == ("basic", "active")


def test_who_chooses_anew_before_paying_is_not_charged_for_both(shop: Shop, ana: Buyer) -> None:
    first, second = ana.subscribe(card=None), ana.subscribe("professional-month")
    assert second["status"] == "active"
    assert shop.peer.objects[first["subscription_id"]]["status"] == "incomplete_expired"


def test_the_first_subscription_is_tried_for_some_days_and_no_other(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(trial=True)
    assert begun["status"] == "trialing"
    assert begun["api_key"]
    shop.deliver()
    assert ana.has == ("basic", "trialing")
    assert datetime.fromisoformat(ana.current["until"]) == shop.watch.now + timedelta(days=TRIAL_DAYS)
    assert ana.post(f"{SUBSCRIPTIONS}/cancel", when="now")[0] == 200
    shop.deliver()
    assert ana.has == ("free", "free")
    assert ana.subscribe(trial=True)["status"] == "active"


def test_a_trial_without_a_card_asks_for_one_and_ends_with_nothing_owed(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(card=None, trial=True)
    assert (begun["status"], begun["confirms"]) == ("trialing", "setup")
    shop.later(days=TRIAL_DAYS + 1)
    assert ana.has == ("free", "free")


def test_a_card_that_is_sent_during_a_trial_without_one_pays_for_what_follows(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(card=None, trial=True)
    declined = ana.post(SUBSCRIBE, offer="basic-month", trial=True, payment_method="pm_card_chargeDeclined")
    assert declined[1]["code"] == "payment-declined"
    told = ana.subscribe(trial=True)
    assert told == begun | {"confirms": None, "client_secret": None, "api_key": None}
    shop.later(days=TRIAL_DAYS + 1)
    assert ana.has == ("basic", "active")
    assert ana.invoice["amount_paid"] == 999


def test_a_card_of_a_trial_that_the_bank_asks_about_is_confirmed(shop: Shop, ana: Buyer) -> None:
    begun = ana.subscribe(card=None, trial=True)
    told = ana.subscribe(card="pm_card_authenticationRequired", trial=True)
    assert (told["confirms"], told["client_secret"]) == ("setup", begun["client_secret"])


def test_it_is_paid_in_the_currency_of_the_region_or_the_one_that_is_asked_for(shop: Shop) -> None:
    bela, carl = shop.buyer(region="DE"), shop.buyer(region="DE")
    bela.subscribe()
    carl.subscribe(currency="GBP")
    assert (bela.invoice["currency"], bela.invoice["amount_paid"]) == ("eur", 999)
    assert (carl.invoice["currency"], carl.invoice["amount_paid"]) == ("gbp", 899)
    shop.deliver()
    assert bela.refused(SUBSCRIBE, offer="basic-month", currency="USD") == "currency-mismatch"
    assert len(bela.there) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"offer": "platinum-month"}, "no-such-offer"),
        ({"offer": "professional-lifetime"}, "no-such-offer"),
        ({"offer": "credits-50"}, "no-such-offer"),
        ({"offer": "basic-month", "payment_method": "pm_card_chargeDeclined"}, "payment-declined"),
        ({"offer": "basic-month", "payment_method": "pm_nobodys"}, "invalid-parameter"),
    ],
)
def test_what_cannot_be_is_refused_by_name_changes_nothing_and_is_in_the_trail(
    shop: Shop, ana: Buyer, body: dict[str, Any], code: str
) -> None:
    assert ana.refused(SUBSCRIBE, **body) == code
    assert ana.there == []
    shop.api.run(shop.api.app.state.refusals.write())
    with psycopg.connect(shop.server.urls.owner) as connection:
        query = "SELECT facts::json->>'refusal' FROM audit_log WHERE user_id = %s AND action = 'purchase.refused'"
        assert connection.execute(query, [ana.user_id]).fetchall() == [(code,)]


def test_what_is_bought_once_is_refused_with_the_door_that_sells_it(ana: Buyer) -> None:
    for door in (SUBSCRIBE, PAGE):
        told = ana.post(door, offer="professional-lifetime")[1]
        assert (told["code"], "POST /api/v1/create-payment-intent" in told["detail"]) == ("no-such-offer", True)


@pytest.mark.parametrize("door", ["cancel", "resume", "change"])
def test_nobody_changes_what_they_do_not_have(ana: Buyer, door: str) -> None:
    body = {"offer": "basic-month"} if door == "change" else {}
    assert ana.refused(f"{SUBSCRIPTIONS}/{door}", **body) == "no-subscription"


def test_with_a_key_of_its_own_a_request_subscribes_once_there_and_here(shop: Shop, ana: Buyer) -> None:
    body = {"offer": "basic-month", "payment_method": "pm_card_visa"}
    first, again = (ana.post(SUBSCRIBE, key="7e3a", **body) for _ in range(2))
    assert first == again, "the key of the API too"
    assert len(ana.there) == 1


def test_a_key_that_was_declined_is_good_for_another_card(ana: Buyer) -> None:
    declined = ana.post(SUBSCRIBE, key="k", offer="basic-month", payment_method="pm_card_chargeDeclined")
    assert declined[1]["code"] == "payment-declined"
    assert ana.post(SUBSCRIBE, key="k", offer="basic-month", payment_method="pm_card_visa")[0] == 201


def test_of_many_at_once_one_subscribes(shop: Shop, ana: Buyer) -> None:
    with ThreadPoolExecutor(6) as pool:
        offers = ["basic-month", "professional-month"] * 3
        sent = [pool.submit(ana.post, SUBSCRIBE, offer=offer, payment_method="pm_card_visa") for offer in offers]
        answers = [each.result() for each in sent]
    assert {told.get("code") for status, told in answers if status != 201} <= {"in-progress", "already-subscribed"}
    assert [each["status"] for each in ana.there] == ["active"]


def test_an_answer_that_was_lost_is_found_again(shop: Shop, ana: Buyer) -> None:
    """As after the death of the process that had asked."""
    lost(shop, "/v1/subscriptions")
    status, told = ana.post(SUBSCRIBE, offer="basic-month", payment_method="pm_card_visa")
    assert (status, told["code"]) == (503, "payments-unavailable")
    begun = ana.subscribe()
    assert begun["status"] == "active"
    assert len(ana.there) == 1


def test_who_has_used_up_the_hour_can_still_buy_a_larger_plan(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rates.BY_PLAN, "free", Policies(Policy("burst", 1_000, 10), Policy("hour", 5, HOUR_S)))
    ana = shop.buyer()
    while ana.api.get("/api/v1/users/me").status_code == 200:
        continue
    assert ana.current["plan"] == "free"
    ana.subscribe("professional-month")
    shop.deliver()
    until(lambda: ana.api.get("/api/v1/users/me").status_code == 200)


def test_while_stripe_is_away_it_says_so(shop: Shop, ana: Buyer) -> None:
    ana.subscribe()
    shop.peer.faults.next("status", "GET", "/v1/subscriptions", times=3)
    status, told = ana.post(f"{SUBSCRIPTIONS}/cancel")
    assert (status, told["code"]) == (503, "payments-unavailable")
    assert ana.post(f"{SUBSCRIPTIONS}/cancel")[0] == 200
