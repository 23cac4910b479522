"""What becomes of a subscription whose invoice is refunded, or whose payment is disputed."""

from datetime import timedelta
from typing import Any

import pytest

from billing.credits import service as credits
from billing.credits.service import Asked
from billing.plans import PLANS
from billing.reconciling import reconcile
from billing.subscriptions import ending
from kit.database import Database
from tests.databases import on
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

CHANGE = f"{SUBSCRIPTIONS}/change"


def charges(buyer: Buyer) -> list[dict[str, Any]]:
    """Newest first."""
    customer = buyer.there[0]["customer"]
    return buyer.shop.peer.all("charge", lambda each: each["customer"] == customer)


def refund(buyer: Buyer, charge: dict[str, Any], **more: Any) -> None:
    asked: Any = {"charge": charge["id"], **more}
    buyer.shop.stripe.v1.refunds.create(asked)


def period_start(shop: Shop, id: str) -> int:
    found = shop.stripe.v1.subscriptions.retrieve(id).to_dict()
    return int(found["items"]["data"][0]["current_period_start"])


def give(buyer: Buyer, amount: int) -> None:
    """Credits that have nothing to do with a plan, and are spent later."""

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await credits.adjust(session, buyer.shop.context, buyer.user_id, amount, Asked("given", reason="thanks"))

    on(buyer.shop.server.urls.worker, work)


def ended(buyer: Buyer) -> bool:
    """Here and at Stripe alike."""
    return (buyer.has, buyer.there[0]["status"]) == (("free", "free"), "canceled")


def test_a_full_refund_ends_the_plan_at_once_and_the_subscription_in_stripe(shop: Shop, ana: Buyer) -> None:
    refund(ana, charges(ana)[0])
    shop.deliver()
    assert ended(ana)
    shop.later(days=40)
    assert ended(ana)
    ana.is_told(402, "insufficient-credits")
    assert len(charges(ana)) == 1, "nothing is charged for a period after it"
    assert ana.subscribe("professional-month")["status"] == "active", "who was refunded may subscribe anew"
    shop.deliver()
    assert ana.has == ("professional", "active")


def test_a_partial_refund_changes_nothing_until_the_rest_follows(shop: Shop, ana: Buyer) -> None:
    refund(ana, charges(ana)[0], amount=998)
    shop.deliver()
    assert (ana.has, ana.there[0]["status"]) == (("basic", "active"), "active")
    refund(ana, charges(ana)[0])
    shop.deliver()
    assert ended(ana)


@pytest.mark.parametrize("evidence", ["winning_evidence", "losing_evidence"])
def test_a_dispute_ends_the_plan_when_it_is_lost(shop: Shop, ana: Buyer, evidence: str) -> None:
    dispute = shop.peer.dispute(charges(ana)[0]["id"])
    shop.deliver()
    assert (ana.has, ana.there[0]["status"]) == (("basic", "active"), "active"), "while it is open"
    shop.stripe.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": evidence}})
    shop.deliver()
    assert ended(ana) is (evidence == "losing_evidence")
    assert ana.has == (("free", "free") if ended(ana) else ("basic", "active"))


def test_a_refund_of_a_period_that_is_over_changes_nothing(shop: Shop, ana: Buyer) -> None:
    shop.later(days=33)
    refund(ana, charges(ana)[1])
    shop.deliver()
    assert (ana.has, ana.there[0]["status"]) == (("basic", "active"), "active")
    refund(ana, charges(ana)[0])
    shop.deliver()
    assert ended(ana)


def test_after_a_change_that_began_a_period_its_own_invoice_counts(shop: Shop, ana: Buyer) -> None:
    shop.later(days=10)
    assert ana.post(CHANGE, offer="enterprise-month")[0] == 200
    shop.deliver()
    refund(ana, charges(ana)[1])
    shop.deliver()
    assert ana.has == ("enterprise", "active")
    refund(ana, charges(ana)[0])
    shop.deliver()
    assert ended(ana)


@pytest.mark.parametrize("before", [0, 1])
def test_a_dispute_over_what_paid_for_a_part_of_the_period_ends_the_plan_when_it_is_lost(
    shop: Shop, before: int
) -> None:
    """Also where a little of it was refunded before."""
    ana = shop.buyer()
    ana.subscribe("professional-year")
    shop.deliver()
    if before:
        refund(ana, charges(ana)[0], amount=before)
    shop.later(hours=1)
    assert ana.post(CHANGE, offer="enterprise-year")[0] == 200
    shop.deliver()
    dispute = shop.peer.dispute(charges(ana)[-1]["id"])
    shop.deliver()
    assert (ana.has, ana.credits) == (("enterprise", "active"), PLANS["enterprise"].credits)
    shop.stripe.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": "losing_evidence"}})
    shop.deliver()
    assert (ended(ana), ana.credits) == (True, 0)


def test_a_year_that_was_refunded_brings_no_further_credits(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("basic-year")
    shop.deliver()
    refund(ana, charges(ana)[0])
    shop.deliver()
    assert ended(ana)
    shop.later(days=35)
    shop.do("subscriptions.grant_due")
    assert ana.api.get("/api/v1/credits/balance").json()["lots"] == []


def test_what_is_left_of_the_months_credits_goes_back_with_the_money(shop: Shop, ana: Buyer) -> None:
    assert ana.credits == (monthly := PLANS["basic"].credits)
    give(ana, 7)
    ana.spend(3)
    refund(ana, charges(ana)[0], amount=998)
    shop.deliver()
    assert ana.credits == monthly - 3 + 7, "a part of the money takes nothing"
    refund(ana, charges(ana)[0])
    for _ in range(2):
        shop.deliver()
    assert ana.credits == 7, "what was given otherwise stays"


@pytest.mark.parametrize(("evidence", "left"), [("winning_evidence", 1), ("losing_evidence", 0)])
def test_credits_of_a_disputed_month_come_back_when_it_is_won(shop: Shop, ana: Buyer, evidence: str, left: int) -> None:
    ana.spend(PLANS["basic"].credits - 1)
    dispute = shop.peer.dispute(charges(ana)[0]["id"])
    shop.deliver()
    assert ana.credits == 0
    shop.stripe.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": evidence}})
    shop.deliver()
    assert ana.credits == left


def test_credits_of_a_month_that_came_before_the_dispute_was_heard_of_go_back(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("basic-year")
    shop.deliver()
    shop.peer.dispute(charges(ana)[0]["id"])
    unheard = {event["id"] for event in shop.peer.all("event")} - shop.told
    shop.told |= unheard
    shop.later(days=32)
    shop.do("subscriptions.grant_due")
    assert ana.credits == PLANS["basic"].credits
    shop.told -= unheard
    shop.deliver()
    assert ana.credits == 0


def test_a_refund_of_which_nobody_told_is_found(shop: Shop, ana: Buyer) -> None:
    refund(ana, charges(ana)[0])
    shop.told |= {event["id"] for event in shop.peer.all("event")}  # all of it is lost
    shop.work()
    assert ana.has == ("basic", "active")

    async def compare(database: Database) -> None:
        await reconcile(database, shop.context, shop.stripe, settling=timedelta(0))

    on(shop.server.urls.worker, compare)
    shop.work()
    assert ended(ana)


def test_what_was_renewed_meanwhile_or_is_ended_already_is_not_ended_again(shop: Shop, ana: Buyer) -> None:
    id = ana.there[0]["id"]
    start = period_start(shop, id)
    shop.later(days=33)
    assert ending.end_period(shop.stripe, id, start) is None
    assert ana.there[0]["status"] == "active"
    now = period_start(shop, id)
    ended_now = ending.end_period(shop.stripe, id, now)
    assert ended_now is not None
    assert ended_now["status"] == "canceled"
    assert ending.end_period(shop.stripe, id, now) is None
    assert ending.end_period(shop.stripe, "sub_of_nobody", now) is None
