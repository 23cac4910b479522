"""Uses of priced services: what a quota pays, what credits pay, and what becomes of what was never given."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.errors import Refused
from billing.credits import reading
from billing.credits import service as credits
from billing.plans import PLANS, PlanName
from billing.services import SERVICES
from billing.uses import service
from billing.uses.service import AGAIN, KEPT, LEASE, Bill, Buyer, Order
from kit.database import Database
from kit.postgres import Server
from tests.billing.books import kinds, once, somebody
from tests.databases import context, on
from tests.people import Watch

Result = TypeVar("Result")
BATCH = SERVICES["salary-insights-batch"]
QUOTA = BATCH.quotas["basic"]
SECOND = timedelta(seconds=1)


def rows(start: int, end: int) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(start, end)]


class Person:
    """Somebody who asks for rows of a batch, at a time that is set by hand."""

    def __init__(self, server: Server, plan: PlanName = "free", may_spend: bool = True) -> None:
        self.server, self.watch, self.user_id = server, Watch(), somebody(server)
        self.context, self.buyer = context(self.watch), Buyer(self.user_id, PLANS[plan], may_spend)

    def do(self, act: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        async def work(database: Database) -> Result:
            async with database.transaction(self.user_id) as session:
                return await act(session)

        return on(self.server.urls.application, work)

    def give(self, amount: int) -> None:
        self.do(lambda s: credits.grant(s, self.context, self.user_id, amount, once(), source="pack"))

    def order(self, digests: Sequence[bytes]) -> Order:
        return self.do(lambda session: service.reserve(session, self.context, self.buyer, BATCH, digests))

    def settle(self, order: Order, given: Sequence[bytes]) -> Bill:
        return self.do(lambda session: service.settle(session, self.context, self.buyer, order, given))

    def release(self, order: Order) -> None:
        self.do(lambda session: service.release(session, self.context, self.buyer, order))

    def buy(self, digests: Sequence[bytes]) -> Bill:
        return self.settle(self.order(digests), digests)

    def quote(self, digests: Sequence[bytes]) -> Bill:
        return self.do(lambda session: service.quote(session, self.context, self.buyer, BATCH, digests))

    def has(self) -> tuple[int, int]:
        found = self.do(lambda session: reading.balance(session, self.context, self.user_id))
        return found.available, found.reserved

    def used(self) -> int:
        found = self.do(lambda s: service.standings(s, self.context, self.user_id, self.buyer.plan))
        return next(each.used for each in found if each.service is BATCH)

    def refused(self, act: Callable[[], object]) -> Refused:
        with pytest.raises(Refused) as found:
            act()
        return found.value


def test_a_quota_pays_first_and_credits_the_rest(postgres: Server) -> None:
    ana = Person(postgres, "basic")
    ana.give(10)
    assert ana.buy(rows(0, 15)) == Bill(15, 0, 15, 0, 10)
    assert ana.quote(rows(20, 28)) == Bill(8, 0, 5, 3, 10)
    assert ana.buy(rows(20, 28)) == Bill(8, 0, 5, 3, 7)
    assert (ana.used(), ana.has()) == (QUOTA.units, (7, 0))
    assert ana.buy(rows(30, 32)) == Bill(2, 0, 0, 2, 5)
    assert ana.used() == QUOTA.units


def test_only_what_is_given_is_paid_and_the_quota_pays_it_first(postgres: Server) -> None:
    ana = Person(postgres, "basic")
    ana.give(10)
    order = ana.order(rows(0, 25))
    assert (ana.used(), ana.has()) == (20, (5, 5))
    assert ana.settle(order, rows(3, 6)) == Bill(3, 0, 3, 0, 10)
    assert (ana.used(), ana.has(), kinds(postgres, ana.user_id)) == (3, (10, 0), ["grant", "reserve", "release"])
    assert ana.settle(ana.order([]), []) == Bill(0, 0, 0, 0, 10)


def test_what_was_given_within_a_day_is_not_paid_again(postgres: Server) -> None:
    ana = Person(postgres)
    ana.give(10)
    assert ana.buy([*rows(0, 3), *rows(0, 2)]) == Bill(5, 2, 0, 3, 7)
    ana.watch.now += AGAIN - SECOND
    assert ana.quote(rows(0, 4)) == Bill(4, 3, 0, 1, 7)
    assert ana.buy(rows(0, 4)) == Bill(4, 3, 0, 1, 6)
    ana.watch.now += SECOND
    assert ana.buy(rows(0, 4)) == Bill(4, 1, 0, 3, 3)


def test_a_quota_that_is_used_up_tells_when_it_begins_anew(postgres: Server) -> None:
    ana = Person(postgres, "basic", may_spend=False)
    ana.give(10)
    ana.buy(rows(0, 20))
    told = ana.refused(lambda: ana.order(rows(20, 21)))
    assert told.code == "quota-reached"
    assert told.facts == {"quota": 20, "used": 20, "resets_at": "2026-05-02T00:00:00+00:00"}
    assert told.headers["Retry-After"] == "43201", "at noon"
    assert ana.refused(lambda: ana.quote(rows(20, 21))).code == "quota-reached"
    assert ana.buy(rows(0, 20)).repeated == 20, "what was given before may be had again"
    ana.watch.now += timedelta(hours=12)
    assert ana.used() == 0
    assert ana.buy(rows(20, 40)).included == 20


def test_who_could_spend_is_told_what_it_costs_and_when_the_quota_begins_anew(postgres: Server) -> None:
    ana = Person(postgres, "basic")
    ana.buy(rows(0, 20))
    told = ana.refused(lambda: ana.order(rows(20, 23)))
    assert told.code == "insufficient-credits"
    until = "2026-05-02T00:00:00+00:00"
    assert told.facts == {"credits": 3, "available": 0, "quota": 20, "used": 20, "resets_at": until}


def test_more_than_was_set_aside_is_not_given_in_part(postgres: Server) -> None:
    ana = Person(postgres)
    ana.give(5)
    order = ana.order(rows(0, 8))
    told = ana.refused(lambda: ana.settle(order, rows(0, 6)))
    assert (told.code, told.facts) == ("insufficient-credits", {"credits": 6, "available": 5})
    assert told.detail == "This takes 6 credits; available: 5."
    ana.release(order)
    assert ana.has() == (5, 0)
    assert ana.buy(rows(0, 8)[:5]).credits == 5


def test_two_orders_at_once_share_neither_quota_nor_credits(postgres: Server) -> None:
    ana = Person(postgres, "basic")
    ana.give(4)
    first, second = ana.order(rows(0, 18)), ana.order(rows(20, 28))
    assert (first.included, second.included, second.bought) == (18, 2, 4)
    assert ana.refused(lambda: ana.order(rows(40, 41))).code == "insufficient-credits"
    assert ana.settle(second, rows(20, 26)).credits == 4
    assert ana.settle(first, rows(0, 18)).included == 18
    assert (ana.used(), ana.has()) == (20, (0, 0))


def test_of_many_at_once_a_quota_and_credits_serve_as_many_as_there_are(postgres: Server) -> None:
    ana = Person(postgres, "basic")
    ana.give(5)

    async def one(database: Database, row: bytes) -> str:
        try:
            async with database.transaction(ana.user_id) as session:
                order = await service.reserve(session, ana.context, ana.buyer, BATCH, [row])
            async with database.transaction(ana.user_id) as session:
                bill = await service.settle(session, ana.context, ana.buyer, order, [row])
        except Refused as refused:
            return refused.code
        return "quota" if bill.included else "credits"

    async def work(database: Database) -> Counter[str]:
        return Counter(await asyncio.gather(*(one(database, row) for row in rows(0, 40))))

    assert on(postgres.urls.application, work) == {"quota": QUOTA.units, "credits": 5, "insufficient-credits": 15}
    assert (ana.used(), ana.has()) == (QUOTA.units, (0, 0))


def test_of_two_orders_of_the_same_one_is_paid(postgres: Server) -> None:
    ana = Person(postgres)
    ana.give(10)
    first, second = ana.order(rows(0, 3)), ana.order(rows(0, 3))
    assert ana.settle(second, rows(0, 3)).credits == 3
    assert ana.settle(first, rows(0, 3)) == Bill(3, 3, 0, 0, 7)
    assert ana.has() == (7, 0)


def test_what_a_process_set_aside_that_died_comes_back_with_its_lease(postgres: Server) -> None:
    ana = Person(postgres, "basic")
    ana.give(5)
    order = ana.order(rows(0, 25))
    assert (ana.used(), ana.has()) == (20, (0, 5))
    ana.watch.now += LEASE
    assert (ana.used(), ana.has()) == (0, (5, 0))
    assert ana.refused(lambda: ana.settle(order, rows(0, 25))).code == "reservation-over"
    assert ana.buy(rows(0, 25)).credits == 5


def test_a_plan_without_the_service_and_a_purse_without_credits_have_nothing(postgres: Server) -> None:
    ana = Person(postgres)
    told = ana.refused(lambda: ana.order(rows(0, 3)))
    assert (told.code, told.facts, told.headers) == ("insufficient-credits", {"credits": 3, "available": 0}, {})
    assert told.detail == "This takes up to 3 credits; available: 0.", "what of them is given shows later"
    assert ana.refused(lambda: ana.order(rows(0, 1))).detail == "This takes 1 credit; available: 0."


def test_what_is_old_is_forgotten(postgres: Server) -> None:
    ana, ben = Person(postgres), Person(postgres)
    ana.give(5)
    ana.buy(rows(0, 2))
    ben.watch.now += KEPT + SECOND
    ben.give(5)
    ben.buy(rows(0, 2))

    async def forget(database: Database) -> None:
        async with database.transaction() as session:
            await service.forget_old(session, ben.context)

    on(postgres.urls.worker, forget)
    with psycopg.connect(postgres.urls.worker) as connection:
        query = "SELECT user_id, count(*) FROM service_uses WHERE user_id = ANY(%s) GROUP BY 1"
        found: list[tuple[uuid.UUID, int]] = connection.execute(query, [[ana.user_id, ben.user_id]]).fetchall()
    assert found == [(ben.user_id, 2)]
