"""Credits that come with a plan, month by month."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from accounts.privacy import repository as privacy
from accounts.privacy.holdings import HOLDINGS
from billing import offers
from billing.credits import service as books
from billing.plans import BUNDLES, PLANS
from kit.database import Database
from tests.billing.books import kinds, once
from tests.databases import on
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

CANCEL, CHANGE = f"{SUBSCRIPTIONS}/cancel", f"{SUBSCRIPTIONS}/change"


def credits(buyer: Buyer) -> list[tuple[str, int]]:
    lots = buyer.api.get("/api/v1/credits/balance").json()["lots"]
    return [(lot["source"], lot["remains"]) for lot in lots]


def bought(buyer: Buyer, offer: str) -> str:
    """The payment."""
    status, told = buyer.post("/api/v1/create-payment-intent", offer=offer)
    assert status == 201, told
    card: Any = {"payment_method": "pm_card_visa"}
    buyer.shop.stripe.v1.payment_intents.confirm(told["payment_intent_id"], card)
    buyer.shop.deliver()
    return str(told["payment_intent_id"])


def give_back(buyer: Buyer, payment: str) -> None:
    buyer.shop.stripe.v1.refunds.create({"payment_intent": payment})
    buyer.shop.deliver()


def change(buyer: Buyer, offer: str) -> None:
    status, told = buyer.post(CHANGE, offer=offer)
    assert status == 200, told
    buyer.shop.deliver()


def test_each_month_that_is_paid_brings_its_credits_and_takes_the_old_ones_with_it(shop: Shop, ana: Buyer) -> None:
    assert credits(ana) == [("plan", 100)]
    shop.later(days=3)
    assert credits(ana) == [("plan", 100)], "told of twice they come once"
    shop.later(days=30)
    assert credits(ana) == [("plan", 100)]
    ana.post(CANCEL, when="now")
    shop.later(days=40)
    assert credits(ana) == []


def test_a_year_brings_them_month_by_month(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("basic-year")
    shop.deliver()
    first = ana.api.get("/api/v1/credits/balance").json()["lots"]
    assert credits(ana) == [("plan", 100)]
    shop.later(days=35)
    shop.do("subscriptions.grant_due")
    assert credits(ana) == [("plan", 100)]
    assert ana.api.get("/api/v1/credits/balance").json()["lots"] != first
    shop.do("subscriptions.grant_due")
    assert credits(ana) == [("plan", 100)]


def test_a_month_from_the_30th_to_the_31st_is_one(shop: Shop) -> None:
    day = shop.watch.now
    while (day.day, (day + timedelta(days=31)).day) != (31, 1):  # before a month of thirty days
        day += timedelta(days=1)
    shop.later(days=(day - shop.watch.now).days)
    ana = shop.buyer()
    ana.subscribe("enterprise-month")
    shop.deliver()
    shop.later(days=30, hours=2)
    (lot,) = ana.api.get("/api/v1/credits/balance").json()["lots"]
    assert (lot["remains"], lot["expires_at"][8:10]) == (1_500, "31"), "the month's, until the next is paid for"
    shop.later(days=30)
    shop.do("subscriptions.grant_due")
    assert ana.api.get("/api/v1/credits/balance").json()["lots"] == [lot]


def test_a_trial_and_an_invoice_that_nobody_paid_bring_none(shop: Shop, ana: Buyer) -> None:
    eve = shop.buyer()
    eve.subscribe(trial=True)
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=32)
    assert credits(ana) == []
    assert credits(eve) == [("plan", 100)], "the trial is over, and paid for is what came after it"


def test_a_changed_plan_brings_its_own_less_what_was_spent_of_the_one_before(shop: Shop, ana: Buyer) -> None:
    ana.spend(30)
    for offer, left in (("professional-month", 370), ("professional-year", 370), ("enterprise-year", 1_470)):
        change(ana, offer)
        assert credits(ana) == [("plan", left)]
    shop.later(days=1)
    ana.spend(20)
    assert credits(ana) == [("plan", 1_450)]
    history = ana.api.get("/api/v1/credits/history").json()["operations"]
    assert {each["because"] for each in history if each["kind"] in ("grant", "adjust")} == {"plan"}


def test_what_an_operator_took_back_stays_so_when_the_plan_is_changed(shop: Shop, ana: Buyer) -> None:
    async def take(database: Database) -> None:
        async with database.transaction() as session:
            await books.adjust(session, shop.context, ana.user_id, -80, once())

    on(shop.server.urls.admin, take)
    assert credits(ana) == [("plan", 20)]
    change(ana, "professional-month")
    assert credits(ana) == [("plan", 320)]
    change(ana, "professional-year")
    assert credits(ana) == [("plan", 320)], "what is taken off for the one before is no more than that"


def test_a_period_that_was_replaced_brings_no_further_month(shop: Shop, ana: Buyer) -> None:
    change(ana, "basic-year")
    shop.later(days=10)
    change(ana, "enterprise-year")
    shop.later(days=26)
    shop.do("subscriptions.grant_due")
    assert credits(ana) == [("plan", 1_500)]


def test_what_a_month_brought_stays_when_the_plan_brings_another_number(
    shop: Shop, ana: Buyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PLANS, "basic", replace(PLANS["basic"], credits=150))
    ana.shop.stripe.v1.subscriptions.update(ana.there[0]["id"], {"metadata": {"looked": "at"}})
    shop.deliver()
    assert credits(ana) == [("plan", 100)]
    give_back(ana, shop.peer.all("payment_intent")[0]["id"])
    assert (credits(ana), ana.has) == ([], ("free", "free"))
    ana.subscribe()
    shop.deliver()
    assert credits(ana) == [("plan", 150)]


def test_a_plan_that_was_bought_for_good_brings_them_every_month_of_the_calendar(shop: Shop) -> None:
    ana = shop.buyer()
    payment = bought(ana, "professional-lifetime")
    assert credits(ana) == [("plan", 400)]
    ana.spend(1)
    shop.later(days=31)
    for _ in range(2):
        shop.do("subscriptions.grant_due")
    assert credits(ana) == [("plan", 400)], "what was left of the month before is gone"
    give_back(ana, payment)
    assert credits(ana) == []
    shop.later(days=31)
    shop.do("subscriptions.grant_due")
    assert credits(ana) == []


def test_so_does_one_in_a_bundle_until_it_ends_also_when_that_is_sold_no_longer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = shop.buyer()
    bought(ana, "job-search")
    monkeypatch.setattr(offers, "BUNDLES", tuple(replace(each, sold=False) for each in BUNDLES))
    offers.offers.cache_clear()
    try:
        assert ana.refused("/api/v1/create-payment-intent", offer="job-search") == "no-such-offer"
        assert credits(ana) == [("plan", 400), ("pack", 250)]
        shop.later(days=31)
        shop.do("subscriptions.grant_due")
        assert credits(ana) == [("plan", 400), ("pack", 250)]
        shop.later(days=160)
        shop.do("subscriptions.grant_due")
        assert credits(ana) == [("pack", 250)]
    finally:
        monkeypatch.undo()
        offers.offers.cache_clear()


def test_nobody_who_was_erased_is_given_any(shop: Shop) -> None:
    ana = shop.buyer()
    bought(ana, "professional-lifetime")
    given = kinds(shop.server, ana.user_id)

    async def erase(database: Database) -> None:
        async with database.transaction() as session:
            for each in HOLDINGS:
                await privacy.erase(session, each, ana.user_id)

    on(shop.server.urls.worker, erase)
    shop.later(days=31)
    for task in ("subscriptions.grant_due", "credits.settle"):
        shop.do(task)
    assert kinds(shop.server, ana.user_id) == [*given, "expire"]
