"""Credits: given, set aside, spent, given back, lapsed; each once, and never more than there are."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.context import Context
from accounts.errors import Refused
from billing.credits import reading, service
from billing.credits.reading import Balance
from billing.credits.service import REFUNDS_KEPT, Asked, Done
from kit.database import Database
from kit.postgres import Server
from tests.billing.books import kinds, once, somebody
from tests.databases import context, on
from tests.people import Watch

Result = TypeVar("Result")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Purse:
    """One user's credits at a time that is set by hand."""

    def __init__(self, server: Server) -> None:
        self.server, self.watch, self.user_id = server, Watch(), somebody(server)
        self.context: Context = context(self.watch)

    def do(self, act: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
        """In a transaction of the user's, as the application makes them."""

        async def work(database: Database) -> Result:
            async with database.transaction(self.user_id) as session:
                return await act(session)

        return on(self.server.urls.application, work)

    def grant(self, amount: int, days: float | None = None, asked: Asked | None = None, priority: int = 50) -> Done:
        until = None if days is None else self.watch.now + days * DAY
        asked = asked or once()
        return self.do(
            lambda session: service.grant(
                session, self.context, self.user_id, amount, asked, source="pack", priority=priority, expires=until
            )
        )

    def spend(self, amount: int, asked: Asked | None = None) -> Done:
        return self.do(lambda session: service.spend(session, self.context, self.user_id, amount, asked or once()))

    def reserve(self, amount: int, lease: timedelta = HOUR, asked: Asked | None = None) -> Done:
        asked = asked or once()
        return self.do(lambda session: service.reserve(session, self.context, self.user_id, amount, lease, asked))

    def commit(self, held: uuid.UUID, amount: int, asked: Asked | None = None) -> Done:
        asked = asked or once()
        return self.do(lambda session: service.commit(session, self.context, self.user_id, held, amount, asked))

    def release(self, held: uuid.UUID, asked: Asked | None = None) -> Done:
        return self.do(lambda session: service.release(session, self.context, self.user_id, held, asked or once()))

    def refund(self, spent: uuid.UUID, amount: int | None = None, asked: Asked | None = None) -> Done:
        asked = asked or once()
        return self.do(lambda session: service.refund(session, self.context, self.user_id, spent, amount, asked))

    def adjust(self, amount: int) -> Done:
        return self.do(lambda session: service.adjust(session, self.context, self.user_id, amount, once()))

    def settle(self) -> int:
        return self.do(lambda session: service.settle(session, self.context, self.user_id))

    def balance(self) -> Balance:
        return self.do(lambda session: reading.balance(session, self.context, self.user_id))

    def has(self) -> tuple[int, int]:
        found = self.balance()
        return found.available, found.reserved

    def remains(self) -> list[int]:
        return [lot.remains for lot in self.balance().lots]

    def kinds(self) -> list[str]:
        return kinds(self.server, self.user_id)


@pytest.fixture
def purse(postgres: Server) -> Purse:
    return Purse(postgres)


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(Refused) as refusal:
        act()
    assert refusal.value.code == code


def test_who_never_had_credits_has_none(purse: Purse) -> None:
    assert purse.balance() == Balance(0, 0, None, [])
    refused("insufficient-credits", lambda: purse.spend(1))
    assert purse.kinds() == []


def test_credits_are_spent_by_priority_then_by_end_then_by_age(purse: Purse) -> None:
    for amount, days, priority in ((1, None, 50), (2, 9, 50), (4, 3, 50), (8, None, 10), (16, None, 50)):
        purse.grant(amount, days, priority=priority)
        purse.watch.now += HOUR
    assert purse.remains() == [8, 4, 2, 1, 16]
    purse.spend(9)
    assert purse.remains() == [3, 2, 1, 16]
    purse.spend(6)
    assert purse.remains() == [16]
    assert purse.has() == (16, 0)


def test_nobody_spends_more_than_there_is(purse: Purse) -> None:
    purse.grant(5)
    refused("insufficient-credits", lambda: purse.spend(6))
    purse.reserve(3)
    refused("insufficient-credits", lambda: purse.spend(3))
    refused("insufficient-credits", lambda: purse.reserve(3))
    refused("insufficient-credits", lambda: purse.adjust(-3))
    assert purse.has() == (2, 3)


def test_a_reservation_is_committed_in_part_and_the_last_taken_goes_back(purse: Purse) -> None:
    purse.grant(2, 1)
    purse.grant(5, 2)
    held = purse.reserve(6)
    assert purse.remains() == [1]
    assert (held.available, held.reserved) == (1, 6)
    done = purse.commit(held.id, 3)
    assert (done.amount, done.available, done.reserved) == (3, 4, 0)
    assert purse.remains() == [4]
    refused("reservation-over", lambda: purse.commit(held.id, 1))
    refused("reservation-over", lambda: purse.release(held.id))
    assert purse.kinds() == ["grant", "grant", "reserve", "commit"]


def test_what_costs_nothing_in_the_end_is_committed_as_nothing(purse: Purse) -> None:
    purse.grant(5)
    held = purse.reserve(5)
    assert purse.commit(held.id, 0).amount == 0
    assert purse.has() == (5, 0)
    again = purse.reserve(5)
    refused("invalid-parameter", lambda: purse.commit(again.id, 6))
    purse.release(again.id)
    assert purse.has() == (5, 0)


def test_a_lease_that_is_over_gives_everything_back_whether_or_not_a_task_ran(purse: Purse) -> None:
    purse.grant(5)
    held = purse.reserve(4)
    purse.watch.now += HOUR
    assert purse.has() == (5, 0)
    assert purse.kinds() == ["grant", "reserve"], "nothing was written"
    refused("reservation-over", lambda: purse.commit(held.id, 4))
    refused("reservation-over", lambda: purse.release(held.id))
    purse.spend(5)
    assert purse.kinds() == ["grant", "reserve", "release", "spend"]
    assert purse.settle() == 0


def test_a_lot_that_has_expired_is_no_credit_whether_or_not_a_task_ran(purse: Purse) -> None:
    purse.grant(5, 1)
    purse.grant(2, 2)
    told = purse.balance()
    assert told.expiring_next is not None
    assert (told.expiring_next.amount, told.expiring_next.at) == (5, purse.watch.now + DAY)
    purse.watch.now += DAY
    assert purse.has() == (2, 0)
    refused("insufficient-credits", lambda: purse.spend(3))
    assert purse.kinds() == ["grant", "grant"]
    assert purse.settle() == 1
    assert purse.kinds() == ["grant", "grant", "expire"]
    assert purse.settle() == 0
    assert purse.has() == (2, 0)


def test_what_comes_back_into_a_lot_that_expired_meanwhile_expires(purse: Purse) -> None:
    purse.grant(5, 1 / 48)
    held = purse.reserve(5)
    other = purse.do(lambda session: service.grant(session, purse.context, purse.user_id, 1, once(), source="pack"))
    purse.watch.now += HOUR / 2
    purse.release(held.id)
    assert purse.has() == (1, 0)
    assert other.available == 1
    assert purse.kinds() == ["grant", "reserve", "grant", "release", "expire"]


def test_a_refund_goes_back_where_it_came_from_the_last_taken_first(purse: Purse) -> None:
    purse.grant(2, 1)
    purse.grant(5, 2)
    spent = purse.spend(6)
    purse.refund(spent.id, 1)
    assert purse.remains() == [2]
    purse.refund(spent.id, 4)
    assert purse.remains() == [1, 5]
    refused("conflict", lambda: purse.refund(spent.id, 2))
    purse.refund(spent.id)
    assert purse.remains() == [2, 5]
    refused("conflict", lambda: purse.refund(spent.id))
    refused("not-found", lambda: purse.refund(uuid.uuid4()))


def test_a_refund_of_a_lot_that_expired_is_good_for_a_while(purse: Purse) -> None:
    purse.grant(2, 1)
    purse.grant(5, 90)
    held = purse.reserve(4)
    refused("not-found", lambda: purse.refund(held.id))
    purse.commit(held.id, 3)
    purse.watch.now += 2 * DAY
    purse.refund(held.id)
    found = {lot.source: (lot.remains, lot.expires_at) for lot in purse.balance().lots}
    assert found["refund"] == (2, purse.watch.now + REFUNDS_KEPT)
    assert found["pack"][0] == 5


def test_a_key_does_one_thing_once(purse: Purse) -> None:
    given = purse.grant(5, asked=once("pack:1"))
    assert purse.grant(5, asked=once("pack:1")) == given
    refused("operation-key-reused", lambda: purse.grant(6, asked=once("pack:1")))
    refused("operation-key-reused", lambda: purse.spend(5, once("pack:1")))
    held = purse.reserve(3, asked=once("job:1"))
    assert purse.reserve(3, asked=once("job:1")) == held
    refused("operation-key-reused", lambda: purse.reserve(3, HOUR / 2, once("job:1")))
    done = purse.commit(held.id, 2, once("job:1:done"))
    assert purse.commit(held.id, 2, once("job:1:done")) == done
    refused("operation-key-reused", lambda: purse.commit(held.id, 1, once("job:1:done")))
    back = purse.refund(held.id, asked=once("job:1:back"))
    assert purse.refund(held.id, asked=once("job:1:back")) == back
    assert purse.has() == (5, 0)
    assert purse.kinds() == ["grant", "reserve", "commit", "refund"]


def test_two_users_may_have_the_same_key(postgres: Server) -> None:
    for _ in range(2):
        each = Purse(postgres)
        each.grant(1, asked=once("welcome"))
        assert each.has() == (1, 0)


def test_an_administrator_gives_and_takes_back(purse: Purse) -> None:
    purse.adjust(5)
    assert purse.balance().lots[0].source == "adjustment"
    assert purse.adjust(-2).available == 3
    assert purse.kinds() == ["adjust", "adjust"]


def test_amounts_that_are_none_are_refused(purse: Purse) -> None:
    purse.grant(5)
    for amount in (0, -1, service.MOST + 1):
        refused("invalid-parameter", lambda amount=amount: purse.spend(amount))  # type: ignore[misc]
    for lease in (timedelta(0), service.LONGEST_LEASE * 2):
        with pytest.raises(ValueError, match="a lease is"):
            purse.reserve(1, lease)


def test_another_users_reservation_is_none(postgres: Server, purse: Purse) -> None:
    purse.grant(5)
    held = purse.reserve(5)
    spent = Purse(postgres)
    spent.grant(5)
    refused("not-found", lambda: spent.commit(held.id, 5))
    refused("not-found", lambda: spent.release(held.id))
    refused("not-found", lambda: spent.refund(held.id))
    assert purse.has() == (0, 5)


OPERATION = """
    INSERT INTO credit_operations
        (id, user_id, seq, key, content, kind, amount, available, reserved, actor_kind, at)
    VALUES (gen_random_uuid(), %(user)s, %(seq)s, gen_random_uuid()::text, '', 'grant', 5, %(available)s, 0, 'x', now())
    RETURNING id
"""
ENTRY = """
    INSERT INTO credit_entries (operation_id, line, user_id, account, amount, lot_id, seq, remains)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def forged(server: Server, user_id: uuid.UUID, seq: int, available: int, *entries: tuple[object, ...]) -> None:
    """Write an operation past the service, in the application's role."""
    with psycopg.connect(server.urls.application) as connection:
        connection.execute("SELECT set_config('payband.user_id', %s, true)", [str(user_id)])
        told = {"user": user_id, "seq": seq, "available": available}
        made = connection.execute(OPERATION, told).fetchone()
        assert made is not None
        for line, entry in enumerate(entries):
            connection.execute(ENTRY, [made[0], line, user_id, *entry])
        connection.commit()


def test_the_database_refuses_what_is_not_in_balance(postgres: Server, purse: Purse) -> None:
    purse.grant(5)
    lot = purse.balance().lots[0].id
    none = (None, None, None)
    wrong: tuple[tuple[int, int, tuple[tuple[object, ...], ...]], ...] = (
        (2, 5, ()),
        (2, 10, (("available", 5, lot, 2, 10),)),
        (2, 10, (("issued", -4, *none), ("available", 5, lot, 2, 10))),
        (2, 11, (("issued", -5, *none), ("available", 5, lot, 2, 10))),
        (2, 10, (("issued", -5, *none), ("available", 5, lot, 2, 11))),
        (2, 10, (("issued", -5, *none), ("available", 5, lot, 3, 10))),
        (3, 10, (("issued", -5, *none), ("available", 5, lot, 2, 10))),
        (2, 10, (("issued", -5, *none), ("available", 5, *none))),
        (2, -1, (("issued", 6, *none), ("available", -6, lot, 2, -1))),
    )
    for seq, available, entries in wrong:
        with pytest.raises(psycopg.errors.CheckViolation):
            forged(postgres, purse.user_id, seq, available, *entries)
    forged(postgres, purse.user_id, 2, 10, ("issued", -5, *none), ("available", 5, lot, 2, 10))
    assert purse.has() == (10, 0)


def test_nothing_is_added_to_an_operation_afterwards(postgres: Server, purse: Purse) -> None:
    given = purse.grant(5)
    with psycopg.connect(postgres.urls.worker) as connection:
        connection.execute(ENTRY, [given.id, 9, purse.user_id, "spent", 1, None, None, None])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.commit()


@pytest.mark.parametrize("role", ["application", "worker", "admin"])
@pytest.mark.parametrize("table", ["credit_lots", "credit_operations", "credit_entries"])
def test_no_role_changes_or_deletes_what_is_written(postgres: Server, role: str, table: str) -> None:
    for statement in (f"UPDATE {table} SET user_id = user_id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with (
            psycopg.connect(getattr(postgres.urls, role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)  # type: ignore[arg-type]
