"""Monthly credits of a year that ends before it is over, whenever we hear of that."""

from typing import Any

import pytest

from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

CANCEL = f"{SUBSCRIPTIONS}/cancel"


@pytest.fixture
def year(shop: Shop) -> Buyer:
    """Subscribed to the smallest plan, by the year."""
    made = shop.buyer()
    made.subscribe("basic-year")
    shop.deliver()
    assert made.credits == 100
    return made


def grants(buyer: Buyer, **later: float) -> int:
    """The credits that there are when the worker has given what is due then."""
    buyer.shop.later(**later)
    for task in ("subscriptions.grant_due", "credits.settle"):
        buyer.shop.do(task)
    return buyer.credits


def unheard(shop: Shop) -> list[Any]:
    """Webhooks that were sent by now are on their way; they come when they are sent."""
    late = [event for event in reversed(shop.peer.all("event")) if event["id"] not in shop.told]
    shop.told |= {event["id"] for event in late}
    return late


def told(shop: Shop, late: list[Any]) -> None:
    for event in late:
        shop.send(event)
    shop.work()


def test_what_is_cancelled_at_once_brings_no_month_that_begins_after_it(year: Buyer) -> None:
    year.shop.later(days=10)
    assert year.post(CANCEL, when="now")[0] == 200
    year.shop.deliver()
    assert year.credits == 100, "the month that runs was paid for"
    assert [grants(year, days=days) for days in (25, 31)] == [0, 0]


def test_nor_when_most_of_the_money_went_back(year: Buyer) -> None:
    year.post(CANCEL, when="now")
    paid = year.shop.peer.all("charge", lambda each: each["customer"] == year.there[0]["customer"])[0]
    asked: Any = {"charge": paid["id"], "amount": paid["amount"] - 1}
    year.shop.stripe.v1.refunds.create(asked)
    year.shop.deliver()
    assert year.credits == 100
    assert grants(year, days=32) == 0


def test_a_month_that_began_before_the_end_comes_however_late_the_worker_is(year: Buyer) -> None:
    year.shop.later(days=33)
    year.post(CANCEL, when="now")
    year.shop.deliver()
    assert year.credits == 100
    assert [grants(year, days=days) for days in (1, 31)] == [100, 0]


@pytest.mark.parametrize("what", ["cancelled", "refunded", "replaced"])
def test_what_was_given_before_anybody_heard_of_the_end_goes_when_they_do(year: Buyer, what: str) -> None:
    shop, there = year.shop, year.there[0]
    shop.later(days=3)
    if what == "cancelled":
        shop.stripe.v1.subscriptions.cancel(there["id"])
    elif what == "refunded":
        asked: Any = {"charge": shop.peer.all("charge", lambda each: each["customer"] == there["customer"])[0]["id"]}
        shop.stripe.v1.refunds.create(asked)
    else:
        assert year.post(f"{SUBSCRIPTIONS}/change", offer="enterprise-year")[0] == 200
    late = unheard(shop)
    assert grants(year, days=28) == 100
    told(shop, late)
    assert grants(year, days=1) == (0 if what != "replaced" else 1_500)


def test_a_debt_that_is_paid_after_the_end_brings_the_credits_of_its_whole_period(year: Buyer) -> None:
    year.with_card("pm_card_chargeCustomerFail")
    assert grants(year, days=400) == 0
    assert (year.there[0]["status"], year.has) == ("canceled", ("free", "lapsed"))
    year.pay()
    year.shop.deliver()
    assert (year.has, year.credits) == (("basic", "active"), 100)
    assert [grants(year, days=31) for _ in range(2)] == [100, 100]
