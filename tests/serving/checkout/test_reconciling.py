"""What was never told is found by night: the mirror held against Stripe, repaired by the worker, and equal then."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from billing import jobs
from billing.reconciling import Difference, Report, reconcile
from billing.stripe.catalogue import MARK
from kit.database import Database
from kit.postgres import Server
from kit.store import Store
from tests.databases import on
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Parts, Shop, opened


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, store: Store, postgres: Server) -> Iterator[Parts]:
    """A Stripe of its own, and nothing mirrored yet: all of both is compared."""
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM subscriptions")
    with opened(tmp_path_factory.mktemp("reconciling") / "store", store, postgres) as parts:
        yield parts


def found(shop: Shop) -> Report:
    """By the worker's role, at the time of the story."""

    async def work(database: Database) -> Report:
        return await reconcile(database, shop.context, shop.stripe, settling=timedelta(0))

    return on(shop.server.urls.worker, work)


def kinds(buyer: Buyer, report: Report) -> set[str]:
    """Of what differs and is the buyer's."""
    mine = {
        each["id"] for each in buyer.shop.peer.objects.values() if each.get("customer") == buyer.there[0]["customer"]
    }
    return {each.kind for each in report.differences if each.id in mine}


def test_what_nobody_told_of_is_found_repaired_and_equal_then(shop: Shop) -> None:
    ana = shop.buyer()
    begun = ana.subscribe()
    shop.told |= {event["id"] for event in shop.peer.all("event")}  # every webhook is lost
    with psycopg.connect(shop.server.urls.owner) as owner:  # and so is our own wish to look again
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs WHERE task_name = 'stripe.mirror'")
    assert ana.has == ("free", "free")
    report = found(shop)
    assert kinds(ana, report) == {"subscription", "invoice", "payment_intent"}
    assert Difference("subscription", begun["subscription_id"], missing=True) in report.differences
    shop.work()
    assert ana.has == ("basic", "active")
    assert ana.credits == 100
    assert kinds(ana, found(shop)) == set()


def test_a_cancellation_and_a_renewal_that_were_lost_are_found(shop: Shop) -> None:
    ana, ben = shop.buyer(), shop.buyer()
    for each in (ana, ben):
        each.subscribe()
    shop.deliver()
    shop.stripe.v1.subscriptions.cancel(ana.there[0]["id"])
    ben.with_card("pm_card_chargeCustomerFail")
    shop.watch.now += timedelta(days=32)
    shop.peer.advance(days=32)
    shop.told |= {event["id"] for event in shop.peer.all("event")}
    report = found(shop)
    changed = {each.id for each in report.differences if each.kind == "subscription" and not each.missing}
    assert {ana.there[0]["id"], ben.there[0]["id"]} <= changed
    shop.work()
    assert (ana.has, ben.has) == (("free", "free"), ("basic", "grace"))
    assert kinds(ana, found(shop)) == kinds(ben, found(shop)) == set()


def test_when_it_ended_is_found_of_one_of_which_that_was_not_kept(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("basic-year")
    shop.deliver()
    ana.post(f"{SUBSCRIPTIONS}/cancel", when="now")
    shop.later(days=60)
    with psycopg.connect(shop.server.urls.owner) as owner:
        owner.execute("UPDATE subscriptions SET ended_at = NULL WHERE user_id = %s", [ana.user_id])
    assert kinds(ana, found(shop)) == {"subscription"}
    shop.work()
    assert kinds(ana, found(shop)) == set()
    shop.do("subscriptions.grant_due")
    assert ana.credits == 0


def test_what_is_equal_is_left_alone(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe(trial=True)
    ana.post(f"{SUBSCRIPTIONS}/cancel")
    shop.deliver()
    assert kinds(ana, found(shop)) == set()
    assert jobs.sells()


def test_credits_that_the_worker_has_still_to_give_are_no_difference(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("basic-year")
    shop.deliver()
    shop.later(days=32)
    assert kinds(ana, found(shop)) == set()
    shop.do("subscriptions.grant_due")
    assert (ana.credits, kinds(ana, found(shop))) == (100, set())


def test_what_cannot_be_written_is_reported_parked_and_holds_up_nothing_else(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe()
    customer = ana.there[0]["customer"]
    odd: Any = {"amount": 500, "currency": "usd", "customer": customer, "metadata": {MARK: "no-such-offer"}}
    made = shop.stripe.v1.payment_intents.create(odd | {"payment_method": "pm_card_visa", "confirm": True}).id
    shop.told |= {event["id"] for event in shop.peer.all("event")}
    report = found(shop)
    assert Difference("payment_intent", made, missing=False) in report.differences
    assert kinds(ana, report) == {"subscription", "invoice", "payment_intent"}
    shop.work()
    assert ana.has == ("basic", "active")
    with psycopg.connect(shop.server.urls.owner) as owner:
        (parked,) = owner.execute("SELECT error FROM stripe_events WHERE object_id = %s AND state = 'parked'", [made])
        owner.execute("DELETE FROM stripe_events WHERE object_id = %s", [made])
    assert "no-such-offer" in parked[0]
    assert kinds(ana, found(shop)) == {"payment_intent"}
