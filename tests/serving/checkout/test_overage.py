"""Requests above the hourly limit, from the first to the line of an invoice; caps, debts, and giving it up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from accounts.usage import collector
from billing.overage import catalogue as metered
from billing.plans import HOUR_S, OVERAGE, PLANS
from kit.postgres import Server
from kit.store import Store
from serving.limits import overage as limits
from serving.limits import rates
from serving.limits.policies import Policies, Policy
from tests.serving.checkout.shop import PAID, Buyer, Parts, Shop, opened, shop_of
from tests.waiting import until

DOOR = "/api/v1/subscriptions/overage"
LIMIT = 5
PROOF = """
    SELECT sum(greatest(answered - %(limit)s, 0))::int FROM (
        SELECT count(*) AS answered FROM usage_records
        WHERE user_id = %(user)s AND status < 400 GROUP BY date_trunc('hour', at)
    ) AS hours
"""
EACH = 50  # cents for a request, so that an invoice asks for something


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory, store: Store, postgres: Server) -> Iterator[Parts]:
    """The application where overage is switched on; the meter is in Stripe."""
    with opened(tmp_path_factory.mktemp("overage") / "store", store, postgres, overage=True) as made:
        yield made


@pytest.fixture
def shop(parts: Parts, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The smallest plan has five requests an hour; everybody reads the one clock, and asks the database each time."""
    made = shop_of(parts, postgres, monkeypatch)
    made.watch.now = datetime.fromtimestamp(made.peer.now, UTC)
    monkeypatch.setattr(metered, "OVERAGE", OVERAGE.times(1_000))
    metered.apply(made.stripe, metered.differences(metered.read(made.stripe)), lambda *_: None)
    monkeypatch.setitem(PLANS, "basic", replace(PLANS["basic"], requests_per_hour=LIMIT))
    small = Policies(Policy("burst", 1_000, 10), Policy("hour", LIMIT, HOUR_S))
    monkeypatch.setitem(rates.BY_PLAN, "basic", small)
    monkeypatch.setattr(collector, "time", SimpleNamespace(time=lambda: made.watch.now.timestamp()))
    monkeypatch.setattr(limits, "REFUSED_S", 0.0)
    monkeypatch.setattr(limits, "RENEWED_S", 0.0)
    return made


@pytest.fixture
def ana(shop: Shop) -> Buyer:
    """Subscribed to the smallest plan; asked nothing yet."""
    made = shop.buyer()
    made.subscribe()
    shop.deliver()
    with_plan(made)
    return made


def with_plan(buyer: Buyer) -> None:
    """Until every part of the application knows the plan."""

    def knows() -> bool:
        anew(buyer.shop)
        return asks(buyer, 1) == [200]

    until(knows)
    anew(buyer.shop)


def anew(shop: Shop, **by: float) -> None:
    """Time goes by, and nobody has asked anything in the last hour: windows run by the process's own clock."""
    if by:
        flush(shop)
        shop.later(**by)
    shop.api.app.state.limits._callers._windows.clear()
    shop.api.app.state.limits._held.clear()


def flush(shop: Shop) -> None:
    assert shop.api.run(shop.api.app.state.usage.flush())


def settle(shop: Shop, **by: float) -> None:
    anew(shop, **by)
    shop.do("overage.settle")


def asks(buyer: Buyer, times: int) -> list[int]:
    return [buyer.api.get(PAID.path, params=PAID.example).status_code for _ in range(times)]


def choose(buyer: Buyer, cap: int = 500) -> dict[str, object]:
    answer = buyer.api.request("PUT", DOOR, json={"cap": cap})
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def seen(buyer: Buyer) -> dict[str, Any]:
    anew(buyer.shop)
    answer = buyer.api.get(DOOR)
    assert answer.status_code == 200, answer.text
    anew(buyer.shop)
    told: dict[str, Any] = answer.json()
    return told


def metered_of(buyer: Buyer) -> dict[str, Any]:
    """The metered subscription in Stripe."""
    return next(each for each in buyer.there if each["metadata"])


def invoices_of(buyer: Buyer) -> list[dict[str, Any]]:
    """Of overage, in their own history."""
    anew(buyer.shop)
    lines = buyer.api.get("/api/v1/users/me/billing").json()["lines"]
    anew(buyer.shop)
    return [
        each for each in lines if each["kind"] == "invoice" and each["offer"] == "overage" and each["amount"]["minor"]
    ]


def test_from_a_request_to_the_line_of_an_invoice(shop: Shop, ana: Buyer) -> None:
    told = choose(ana, cap=50_000)
    assert (told["wanted"], told["left"], told["requests"]) == (True, 1_000, 0)
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 20) == [200] * 25
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 3) == [200] * 8
    settle(shop, hours=2)
    told = seen(ana)
    assert (told["requests"], told["cost"], told["at_most"]) == (23, told["at_most"], money(23 * EACH))
    assert invoices_of(ana) == []
    month = datetime.fromisoformat(told["until"])
    anew(shop, seconds=(month - shop.watch.now).total_seconds() - 600)
    assert asks(ana, LIMIT + 4) == [200] * 9  # in the month's last minutes: reported when its invoice is a draft
    settle(shop, minutes=25)
    anew(shop, hours=2)
    (invoice,) = invoices_of(ana)
    assert (invoice["amount"], invoice["status"]) == (money(27 * EACH), "paid")
    with psycopg.connect(shop.server.urls.worker) as worker:
        line = worker.execute(
            "SELECT offer, amount FROM invoice_lines WHERE user_id = %s AND offer = 'overage' AND amount > 0",
            [ana.user_id],
        ).fetchall()
        proved = worker.execute(PROOF, {"user": ana.user_id, "limit": LIMIT}).fetchone()
    assert line == [("overage", 27 * EACH)]
    assert proved == (27,)
    assert seen(ana)["requests"] == 0  # of the new month


def test_without_having_chosen_it_one_is_refused_above_the_limit(shop: Shop, ana: Buyer) -> None:
    assert asks(ana, LIMIT + 2) == [200] * LIMIT + [429] * 2


def test_its_price_is_in_the_price_list(ana: Buyer) -> None:
    told = ana.api.get("/api/v1/pricing-plans", params={"currency": "GBP"}).json()["overage"]
    assert (told["requests"], told["price"]["minor"]) == (1_000, OVERAGE.in_("GBP").minor)


def test_nobody_pays_more_than_the_cap(shop: Shop, ana: Buyer) -> None:
    choose(ana, cap=3 * EACH)
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 5) == [200] * (LIMIT + 3) + [429] * 2
    told = seen(ana)
    assert (told["left"], told["requests"], told["at_most"]) == (0, 0, money(3 * EACH))
    choose(ana, cap=4 * EACH)
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 5) == [200] * (LIMIT + 1) + [429] * 4
    settle(shop, hours=2)
    assert seen(ana)["cost"] == money(4 * EACH)


def test_the_window_of_a_burst_stays(shop: Shop, ana: Buyer, monkeypatch: pytest.MonkeyPatch) -> None:
    choose(ana)
    monkeypatch.setitem(rates.BY_PLAN, "basic", Policies(Policy("burst", 7, 10), Policy("hour", LIMIT, HOUR_S)))
    anew(shop)
    assert asks(ana, 9) == [200] * 7 + [429] * 2


def test_who_gives_it_up_is_refused_and_pays_what_is_due(shop: Shop, ana: Buyer) -> None:
    choose(ana, cap=50_000)
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 6) == [200] * 11
    anew(shop)
    assert ana.api.request("DELETE", DOOR).json()["wanted"] is False
    anew(shop)
    assert asks(ana, LIMIT + 1) == [200] * LIMIT + [429]
    settle(shop, hours=1, minutes=15)  # told to Stripe, which has not added it up for certain
    assert metered_of(ana)["status"] == "active"
    settle(shop, hours=1, minutes=5)
    assert metered_of(ana)["status"] == "canceled"
    shop.deliver()
    (invoice,) = invoices_of(ana)
    assert (invoice["amount"], invoice["status"]) == (money(6 * EACH), "paid")
    told = choose(ana)
    assert (told["wanted"], metered_of(ana)["status"]) == (True, "active")


def test_while_an_invoice_is_open_nobody_is_let_in(shop: Shop, ana: Buyer) -> None:
    choose(ana, cap=50_000)
    bad: Any = {"default_payment_method": "pm_card_chargeCustomerFail"}
    shop.stripe.v1.subscriptions.update(metered_of(ana)["id"], bad)
    anew(shop, hours=1)
    assert asks(ana, LIMIT + 2) == [200] * 7
    settle(shop, hours=2)
    until_month = datetime.fromisoformat(seen(ana)["until"]) - shop.watch.now
    anew(shop, seconds=until_month.total_seconds() + 2 * HOUR_S)
    assert asks(ana, LIMIT + 1) == [200] * LIMIT + [429]
    anew(shop)
    assert (seen(ana)["unpaid"], seen(ana)["left"]) == (True, 0)
    good: Any = {"payment_method": "pm_card_visa"}
    shop.stripe.v1.invoices.pay(metered_of(ana)["latest_invoice"], good)
    shop.deliver()
    anew(shop)
    assert asks(ana, LIMIT + 1) == [200] * (LIMIT + 1)


def test_it_goes_with_the_plan(shop: Shop, ana: Buyer) -> None:
    choose(ana, cap=50_000)
    assert ana.post("/api/v1/subscriptions/cancel", when="now")[0] == 200
    settle(shop, hours=2)
    settle(shop, hours=2)
    assert seen(ana)["wanted"] is False
    assert metered_of(ana)["status"] == "canceled"


def test_what_cannot_be_is_refused(shop: Shop, ana: Buyer) -> None:
    ben = shop.buyer()
    assert ben.api.request("PUT", DOOR, json={"cap": 500}).json()["code"] == "no-subscription"
    assert ana.api.request("PUT", DOOR, json={"cap": 0}).json()["code"] == "invalid-parameter"
    tried = shop.buyer()
    tried.subscribe(card=None, trial=True)
    assert tried.api.request("PUT", DOOR, json={"cap": 500}).json()["code"] == "conflict"


def test_one_metered_subscription_however_often_it_is_chosen(shop: Shop, ana: Buyer) -> None:
    shop.peer.faults.next("drop_answer", "POST", "/v1/subscriptions")
    for cap in (500, 600, 500):
        choose(ana, cap)
        anew(shop)
    assert len([each for each in ana.there if each["metadata"]]) == 1
    assert ana.current["subscription"]["offer"] == "basic-month"


def money(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD", "text": f"{minor // 100}.{minor % 100:02d}"}
