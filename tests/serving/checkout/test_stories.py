"""What a subscription goes through, as its holder sees it: renewals, declines, grace, debts, ends, changes."""

from datetime import datetime, timedelta

import pytest

from billing.entitlements import GRACE
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

CANCEL, RESUME, CHANGE = (f"{SUBSCRIPTIONS}/{verb}" for verb in ("cancel", "resume", "change"))


def test_it_renews_by_itself(shop: Shop, ana: Buyer) -> None:
    before = datetime.fromisoformat(ana.current["until"])
    shop.later(days=33)
    assert ana.has == ("basic", "active")
    assert datetime.fromisoformat(ana.current["until"]) > before


def test_a_declined_renewal_is_grace_then_402_and_over_when_it_is_paid(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=31, hours=2)
    assert ana.has == ("basic", "grace")
    ana.is_told(200)
    shop.later(days=GRACE.days)
    assert ana.has == ("free", "lapsed")
    ana.is_told(402, "subscription-lapsed")
    ana.pay()
    shop.deliver()
    assert ana.has == ("basic", "active")
    ana.is_told(200)


def test_a_debt_is_given_up_with_the_plan(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=50)
    assert ana.there[0]["status"] == "canceled", "Stripe has given up"
    ana.is_told(402, "subscription-lapsed")
    assert ana.post(CANCEL)[0] == 200
    shop.deliver()
    assert ana.has == ("free", "free")
    ana.is_told(402, "insufficient-credits")
    assert ana.refused(CANCEL) == "no-subscription"


def test_who_owes_may_also_subscribe_anew(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=50)
    assert ana.subscribe("professional-month")["status"] == "active"
    shop.deliver()
    assert ana.has == ("professional", "active")


def test_cancelled_it_lasts_to_the_end_of_what_was_paid_unless_it_is_resumed(shop: Shop, ana: Buyer) -> None:
    assert ana.refused(RESUME) == "conflict", "nothing ends"
    status, told = ana.post(CANCEL)
    assert (status, told["status"]) == (200, "active")
    shop.deliver()
    assert ana.current["until"] == ana.current["subscription"]["cancel_at"]
    assert ana.post(RESUME)[1]["cancel_at"] is None
    ana.post(CANCEL)
    shop.later(days=32)
    assert ana.has == ("free", "free")
    ana.is_told(402, "insufficient-credits")


def test_cancelled_at_once_it_is_over_at_once(shop: Shop, ana: Buyer) -> None:
    assert ana.post(CANCEL, when="now")[1]["status"] == "canceled"
    shop.work()
    assert ana.has == ("free", "free"), "without a webhook"


def test_a_larger_plan_begins_now_and_costs_what_was_said(shop: Shop, ana: Buyer) -> None:
    shop.later(days=10)
    said = ana.post(f"{CHANGE}?dry_run=true", offer="enterprise-month")[1]
    assert (said["dry_run"], said["starts_at"], said["due_now"]["currency"]) == (True, None, "USD")
    assert ana.post(CHANGE, offer="enterprise-month", dry_run=True)[1] == said
    assert 4_999 - 999 < said["due_now"]["minor"] < 4_999, "less the days that are left"
    assert ana.there[0]["status"] == "active"
    assert ana.current["subscription"]["offer"] == "basic-month"
    done = ana.post(CHANGE, offer="enterprise-month")[1]
    assert done == said | {"dry_run": False}
    assert ana.invoice["amount_paid"] == said["due_now"]["minor"]
    shop.deliver()
    assert ana.has == ("enterprise", "active")
    until = datetime.fromisoformat(ana.current["until"])
    assert until - shop.watch.now > timedelta(days=27), "a new period began"


def test_a_longer_period_begins_now(shop: Shop, ana: Buyer) -> None:
    done = ana.post(CHANGE, offer="basic-year")[1]
    assert (done["starts_at"], done["due_now"]["minor"]) == (None, 999 * 12 * 80 // 100 - 999)
    shop.deliver()
    assert datetime.fromisoformat(ana.current["until"]) - shop.watch.now > timedelta(days=360)


def test_a_declined_card_changes_nothing(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    assert ana.refused(CHANGE, offer="enterprise-month") == "payment-declined"
    shop.deliver()
    assert (ana.has, ana.current["subscription"]["offer"]) == (("basic", "active"), "basic-month")


def test_a_smaller_plan_begins_when_what_was_paid_for_is_over(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("professional-month")
    shop.deliver()
    end = ana.current["until"]
    said, done = (ana.post(f"{CHANGE}{how}", offer="basic-month")[1] for how in ("?dry_run=true", ""))
    assert said | {"dry_run": False} == done
    assert (done["due_now"]["minor"], datetime.fromisoformat(done["starts_at"])) == (0, datetime.fromisoformat(end))
    shop.deliver()
    assert ana.has == ("professional", "active")
    assert ana.refused(CHANGE, offer="enterprise-month") == "conflict", "one is planned"
    shop.later(days=32)
    assert ana.has == ("basic", "active")
    assert ana.invoice["amount_paid"] == 999
    assert ana.post(CHANGE, offer="professional-month")[0] == 200


def test_a_planned_change_is_taken_back(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("professional-month")
    for offer in ("basic-month", "professional-month"):
        status, told = ana.post(CHANGE, offer=offer)
        assert (status, told["due_now"]["minor"]) == (200, 0)
    shop.later(days=32)
    assert ana.has == ("professional", "active")
    assert ana.invoice["amount_paid"] == 1_999


def test_a_trial_is_changed_without_a_payment(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe(trial=True)
    assert ana.post(CHANGE, offer="enterprise-year")[1]["due_now"]["minor"] == 0
    shop.deliver()
    assert ana.has == ("enterprise", "trialing")
    shop.later(days=8)
    assert ana.has == ("enterprise", "active")


def test_what_cannot_be_changed_is_said(shop: Shop, ana: Buyer) -> None:
    assert ana.refused(CHANGE, offer="basic-month") == "conflict"
    assert ana.refused(CHANGE, offer="professional-lifetime") == "no-such-offer"
    ana.post(CHANGE, offer="basic-year")
    assert ana.refused(CHANGE, offer="basic-month") == "conflict", "a shorter period, when this one is over"


def test_a_customer_who_is_deleted_at_stripe_has_the_free_plan(shop: Shop, ana: Buyer) -> None:
    shop.stripe.v1.customers.delete(ana.there[0]["customer"])
    shop.deliver()
    assert ana.has == ("free", "free")


def test_a_debt_that_is_paid_when_stripe_had_given_up_gives_what_is_left_of_the_period(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=50)
    assert ana.has == ("free", "lapsed")
    ana.pay()
    shop.deliver()
    assert ana.has == ("basic", "active")
    shop.later(days=15)
    assert ana.has == ("free", "free")


@pytest.mark.parametrize(
    ("offer", "goes_on"), [("basic-year", False), ("professional-month", False), ("enterprise-month", True)]
)
def test_what_is_bought_for_good_is_subscribed_to_no_longer(shop: Shop, offer: str, goes_on: bool) -> None:
    bob = shop.buyer()
    bob.subscribe(offer)
    shop.deliver()
    bob.buy("professional-lifetime")
    shop.deliver()
    assert bob.there[0]["cancel_at_period_end"] is not goes_on
    before = bob.there[0]["latest_invoice"]
    shop.later(days=366)
    assert (bob.there[0]["status"] == "active", bob.there[0]["latest_invoice"] != before) == (goes_on, goes_on)
    assert bob.has == ("enterprise" if goes_on else "professional", "active")
    if not goes_on:
        assert bob.refused("/api/premium/subscribe", offer=offer) == "conflict"
        assert bob.subscribe("enterprise-month")["status"] == "active"


def test_a_debt_that_is_waived_is_no_payment(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=50)
    assert (ana.has, ana.there[0]["status"]) == (("free", "lapsed"), "canceled")
    shop.stripe.v1.invoices.void_invoice(ana.invoice["id"])
    shop.deliver()
    assert ana.has == ("free", "free")
    ana.is_told(402, "insufficient-credits")


def test_who_owes_for_what_they_buy_for_good_is_asked_for_no_more(shop: Shop, ana: Buyer) -> None:
    ana.with_card("pm_card_chargeCustomerFail")
    shop.later(days=32)
    assert ana.there[0]["status"] == "past_due"
    ana.buy("professional-lifetime")
    shop.deliver()
    assert ana.there[0]["status"] == "canceled"
    assert ana.has == ("professional", "active")
