"""Whatever is done with credits in whatever order, as often as one likes: the books are those of a model of them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.errors import Refused
from billing.credits import checking, reading, service
from billing.credits.service import Asked
from kit.database import Database
from kit.postgres import Server
from tests.billing.books_model import NEVER, Model, ModelLot
from tests.databases import context
from tests.people import NOON, Watch

AMOUNTS = st.integers(1, 12)
HOUR = timedelta(hours=1)


class Books(RuleBasedStateMachine):
    """The real books of one user beside the model."""

    server: Server

    @initialize()
    def begin(self) -> None:
        self.watch, self.runner, self.count = Watch(), asyncio.Runner(), 0
        self.context, self.model = context(self.watch), Model(NOON)
        self.database = Database(self.server.urls.worker, pool_size=1)
        self.user_id, self.keys, self.granted = uuid.uuid4(), list[str](), dict[str, ModelLot]()
        self.done: list[tuple[Callable[[AsyncSession], Awaitable[Any]], Any]] = []

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.database.close())
            self.runner.close()

    def run(self, act: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
        async def work() -> Any:
            async with self.database.transaction() as session:
                return await act(session)

        return self.runner.run(work())

    def do(self, act: Callable[..., Awaitable[Any]], *words: Any, **more: Any) -> Any:
        """Do it under a new key; the code of what is refused."""
        self.count += 1
        asked = Asked(f"step:{self.count}")
        self.watch.now += timedelta(seconds=1)
        self.model.pass_time(timedelta(seconds=1))

        async def once(session: AsyncSession) -> Any:
            return await act(session, self.context, self.user_id, *words, asked, **more)

        try:
            found = self.run(once)
        except Refused as refused:
            return refused.code
        self.done.append((once, found))
        self.keys.append(asked.key)
        return found

    @rule(amount=AMOUNTS, priority=st.sampled_from([10, 50]), hours=st.sampled_from([None, 1, 3, 30]))
    def grant(self, amount: int, priority: int, hours: int | None) -> None:
        expires = None if hours is None else timedelta(hours=hours)
        self.do(service.grant, amount, source="pack", priority=priority, expires=expires)
        until = NEVER if expires is None else self.model.now + expires
        self.granted[self.keys[-1]] = self.model.give(amount, priority, until)

    @rule(amount=AMOUNTS)
    def spend(self, amount: int) -> None:
        found = self.do(service.spend, amount)
        if amount > self.model.available:
            assert found == "insufficient-credits"
        else:
            self.model.spent[found.id] = self.model.take(amount)

    @rule(amount=AMOUNTS, hours=st.sampled_from([1, 2]))
    def reserve(self, amount: int, hours: int) -> None:
        found = self.do(service.reserve, amount, hours * HOUR)
        if amount > self.model.available:
            assert found == "insufficient-credits"
        else:
            self.model.held[found.id] = self.model.take(amount, self.model.now + hours * HOUR)

    @precondition(lambda self: self.model.held)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(sorted(self.model.held)))
        amount = data.draw(st.integers(0, self.model.held[held].amount))
        found = self.do(service.commit, held, amount)
        taken = self.model.held.pop(held, None)
        if taken is None:
            assert found == "reservation-over"
            return
        self.model.put_back(self.model.last(taken, taken.amount - amount))
        self.model.spent[held] = taken

    @precondition(lambda self: self.model.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(sorted(self.model.held)))
        found = self.do(service.release, held)
        taken = self.model.held.pop(held, None)
        if taken is None:
            assert found == "reservation-over"
        else:
            self.model.put_back(taken.parts)

    @precondition(lambda self: self.model.spent)
    @rule(data=st.data(), amount=AMOUNTS)
    def refund(self, data: st.DataObject, amount: int) -> None:
        spent = data.draw(st.sampled_from(sorted(self.model.spent)))
        found = self.do(service.refund, spent, amount)
        taken = self.model.spent[spent]
        if amount > taken.amount:
            assert found == "conflict"
            return
        late: dict[int, int] = {}
        for lot, part in self.model.last(taken, amount):
            if lot.expires > self.model.now:
                lot.left += part
            else:
                late[lot.priority] = late.get(lot.priority, 0) + part
        for priority, part in late.items():
            self.model.give(part, priority, self.model.now + service.REFUNDS_KEPT)

    @precondition(lambda self: self.granted)
    @rule(data=st.data(), wanted=st.none() | st.integers(0, 12))
    def withdraw(self, data: st.DataObject, wanted: int | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.granted)))
        for _ in range(2):
            told = self.run(lambda session: service.withdraw(session, self.context, self.user_id, key, wanted))
        lot = self.granted[key]
        while lot.expires > self.model.now and lot.left and (wanted is None or lot.withdrawn < wanted):
            lot.left, lot.withdrawn = lot.left - 1, lot.withdrawn + 1
        while lot.expires > self.model.now and wanted is not None and lot.withdrawn > wanted:
            lot.left, lot.withdrawn = lot.left + 1, lot.withdrawn - 1
        assert told == lot.withdrawn

    @rule(minutes=st.sampled_from([20, 60, 200]))
    def wait(self, minutes: int) -> None:
        self.watch.now += timedelta(minutes=minutes)
        self.model.pass_time(timedelta(minutes=minutes))

    @rule()
    def settle(self) -> None:
        self.run(lambda session: service.settle(session, self.context, self.user_id))

    @precondition(lambda self: self.done)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        once, found = data.draw(st.sampled_from(self.done))
        assert self.run(once) == found

    @rule(data=st.data())
    @precondition(lambda self: self.done)
    def ask_for_something_else_by_a_key_that_was_used(self, data: st.DataObject) -> None:
        asked = Asked(data.draw(st.sampled_from(self.keys)))
        with pytest.raises(Refused, match="used for something else"):
            self.run(lambda session: service.spend(session, self.context, self.user_id, 999, asked))

    @invariant()
    def the_balance_is_the_models(self) -> None:
        if self.count:
            told = self.run(lambda session: reading.balance(session, self.context, self.user_id))
            assert [lot.remains for lot in told.lots] == [lot.left for lot in self.model.order]
            assert told.available == self.model.available
            assert told.reserved == sum(taken.amount for taken in self.model.held.values())

    @invariant()
    def nothing_is_wrong(self) -> None:
        if self.count % 10 == 9:
            assert self.run(lambda session: checking.faults(session, NOON)) == []


@pytest.mark.parametrize("examples", [40, pytest.param(1_000, marks=[pytest.mark.deep, pytest.mark.timeout(3_600)])])
def test_whatever_is_done_the_books_are_right(postgres: Server, examples: int) -> None:
    class OnPostgres(Books):
        server = postgres

    told = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(OnPostgres, settings=told)
