"""Credits that are set aside or spent while their price goes back, and come back themselves."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from billing.credits import checking
from billing.credits import service as credits
from billing.credits.service import Asked, Done
from kit.database import Database
from tests.billing.books import once
from tests.databases import on
from tests.serving.checkout.shop import SUBSCRIPTIONS, Buyer, Shop

LEFT = "credits that were left when their price had gone back"
LEASE = timedelta(minutes=5)
Deed = Callable[[AsyncSession, Context, uuid.UUID, Asked], Awaitable[Done]]


@pytest.fixture
def bob(shop: Shop) -> Buyer:
    """Has bought a few credits."""
    made = shop.buyer()
    made.buy("credits-50")
    shop.deliver()
    assert made.credits == 50
    return made


def do(buyer: Buyer, deed: Deed, url: str | None = None) -> uuid.UUID:
    """As a door does it, or another role; the id of the operation."""

    async def work(database: Database) -> uuid.UUID:
        async with database.transaction(buyer.user_id) as session:
            return (await deed(session, buyer.shop.context, buyer.user_id, once())).id

    return on(url or buyer.shop.server.urls.application, work)


def reserve(buyer: Buyer, amount: int) -> uuid.UUID:
    return do(buyer, lambda session, known, whose, asked: credits.reserve(session, known, whose, amount, LEASE, asked))


def release(buyer: Buyer, held: uuid.UUID) -> None:
    do(buyer, lambda session, known, whose, asked: credits.release(session, known, whose, held, asked))


def charge(buyer: Buyer) -> dict[str, Any]:
    """The last."""
    with psycopg.connect(buyer.shop.server.urls.worker) as connection:
        row = connection.execute("SELECT stripe_id FROM customers WHERE user_id = %s", [buyer.user_id]).fetchone()
    return buyer.shop.peer.all("charge", lambda each: row is not None and each["customer"] == row[0])[0]


def give_back(buyer: Buyer, amount: int | None = None) -> None:
    asked: Any = {"charge": charge(buyer)["id"]} | ({} if amount is None else {"amount": amount})
    buyer.shop.stripe.v1.refunds.create(asked)
    buyer.shop.deliver()


def wrong(buyer: Buyer) -> set[str]:
    """What verification finds in the buyer's books when nobody works for a while."""

    async def work(database: Database) -> set[str]:
        async with database.transaction() as session:
            found = await checking.faults(session, buyer.shop.watch.now + timedelta(seconds=1))
        return {each.kind for each in found if str(buyer.user_id) in each.detail}

    return on(buyer.shop.server.urls.admin, work)


def settled(buyer: Buyer) -> int:
    """What is left when the worker has done its part, and the books are right."""
    buyer.shop.work()
    assert wrong(buyer) == set()
    return buyer.credits


def waiting(shop: Shop) -> int:
    asked = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE task_name = %s AND status = 'todo'"
    with psycopg.connect(shop.server.urls.owner) as owner:
        (row,) = owner.execute(asked, ["credits.settle_owed"]).fetchall()
    return int(row[0])


def test_what_is_released_after_its_price_went_back_goes_back_too(bob: Buyer) -> None:
    held = reserve(bob, 50)
    give_back(bob)
    release(bob, held)
    assert (bob.credits, wrong(bob)) == (50, {LEFT})
    assert settled(bob) == 0
    bob.shop.later(days=2)
    assert settled(bob) == 0


def test_so_does_what_a_lease_gives_back_when_it_is_over(bob: Buyer) -> None:
    reserve(bob, 50)
    give_back(bob)
    bob.shop.later(minutes=6)
    bob.shop.do("credits.settle")
    assert settled(bob) == 0


def test_and_what_is_left_of_a_reservation_that_was_spent_in_part(bob: Buyer) -> None:
    held = reserve(bob, 50)
    give_back(bob)
    do(bob, lambda session, known, whose, asked: credits.commit(session, known, whose, held, 20, asked))
    assert settled(bob) == 0


def test_and_what_was_spent_and_is_given_back_by_an_operator(bob: Buyer) -> None:
    spent = do(bob, lambda session, known, whose, asked: credits.spend(session, known, whose, 30, asked))
    give_back(bob)
    assert bob.credits == 0
    operator = bob.shop.server.urls.admin
    do(bob, lambda session, known, whose, asked: credits.refund(session, known, whose, spent, None, asked), operator)
    assert settled(bob) == 0


def test_of_a_part_of_the_price_that_part_of_them_is_owed_and_no_more(bob: Buyer) -> None:
    held = reserve(bob, 45)
    give_back(bob, charge(bob)["amount"] // 2 + 1)
    assert bob.credits == 0
    release(bob, held)
    assert settled(bob) == 25


@pytest.mark.parametrize(("evidence", "left"), [("winning_evidence", 50), ("losing_evidence", 0)])
def test_they_come_again_when_a_dispute_is_won(bob: Buyer, evidence: str, left: int) -> None:
    held, shop = reserve(bob, 50), bob.shop
    dispute = shop.peer.dispute(charge(bob)["id"])
    shop.deliver()
    release(bob, held)
    assert settled(bob) == 0
    shop.stripe.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": evidence}})
    shop.deliver()
    assert settled(bob) == left


def test_a_months_credits_go_back_alike(ana: Buyer) -> None:
    held = reserve(ana, 100)
    give_back(ana)
    release(ana, held)
    assert wrong(ana) == {LEFT}
    assert settled(ana) == 0


def test_so_do_those_of_a_month_that_came_before_anybody_heard_that_it_had_ended(shop: Shop) -> None:
    ana = shop.buyer()
    ana.subscribe("basic-year")
    shop.deliver()
    assert ana.post(f"{SUBSCRIPTIONS}/cancel", when="now")[0] == 200
    unheard = {event["id"] for event in shop.peer.all("event")} - shop.told
    with psycopg.connect(shop.server.urls.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM procrastinate.procrastinate_jobs WHERE status = 'todo'")
    shop.told |= unheard
    shop.later(days=32)
    shop.do("subscriptions.grant_due")
    held = reserve(ana, 60)
    shop.told -= unheard
    shop.deliver()
    assert ana.credits == 0
    release(ana, held)
    assert settled(ana) == 0


def test_what_was_set_aside_when_the_plan_was_changed_and_not_spent_is_not_taken_off_the_new_month(ana: Buyer) -> None:
    held = reserve(ana, 30)
    assert ana.post(f"{SUBSCRIPTIONS}/change", offer="professional-month")[0] == 200
    ana.shop.deliver()
    assert ana.credits == 370
    release(ana, held)
    assert settled(ana) == 400
    assert [lot["remains"] for lot in ana.api.get("/api/v1/credits/balance").json()["lots"]] == [400], "all in its own"


def test_where_nothing_went_back_nobody_looks(bob: Buyer) -> None:
    bob.subscribe()
    bob.shop.deliver()
    release(bob, reserve(bob, 50))
    assert waiting(bob.shop) == 0
    held = reserve(bob, 110)
    give_back(bob)
    release(bob, held)
    assert waiting(bob.shop) == 1
    bob.shop.work()
    assert (waiting(bob.shop), bob.credits) == (0, 50)
