"""Events that arrive together: each is answered once it is kept, and one that fails or goes away harms no other."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from billing.stripe.events import service
from billing.stripe.events.intake import MOST, Intake
from kit.database import Database, Unavailable
from kit.postgres import Server
from tests.billing.stripe.events import event, row
from tests.databases import NOWHERE, context, on


def taking(server: Server, act: Callable[[Intake], Awaitable[None]]) -> None:
    on(server.urls.application, lambda database: act(Intake(database, context())))


def test_each_is_kept_once_whoever_comes_beside_it(postgres: Server) -> None:
    told = [event({"object": "customer", "id": f"cus_{number}"}) for number in range(MOST + 50)]

    async def act(intake: Intake) -> None:
        outcomes = await asyncio.gather(*(intake.take(each) for each in (*told, *told)))
        assert sum(outcomes) == len(told)
        assert outcomes[: len(told)] == [True] * len(told)
        assert await asyncio.gather(*(intake.take(each) for each in told)) == [False] * len(told)

    taking(postgres, act)
    assert {row(postgres, each)["state"] for each in told} == {"received"}


def test_what_comes_while_others_are_written_is_written_next(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = (event({"object": "customer", "id": f"cus_{number}"}) for number in range(6))
    batches: list[int] = []
    receive = service.receive

    async def counting(session, known, events):  # type: ignore[no-untyped-def]
        batches.append(len(events))
        await asyncio.sleep(0)
        return await receive(session, known, events)

    monkeypatch.setattr(service, "receive", counting)

    async def act(intake: Intake) -> None:
        begun = asyncio.create_task(intake.take(first))
        while not batches:
            await asyncio.sleep(0)
        assert await asyncio.gather(begun, *map(intake.take, others)) == [True] * 6

    taking(postgres, act)
    assert batches == [1, 5]


def test_who_goes_away_takes_nothing_with_them(postgres: Server) -> None:
    told = [event({"object": "customer", "id": f"cus_{number}"}) for number in range(3)]

    async def act(intake: Intake) -> None:
        begun = [asyncio.create_task(intake.take(each)) for each in told]
        await asyncio.sleep(0)
        begun[1].cancel()
        assert await asyncio.gather(begun[0], begun[2]) == [True, True]
        assert await intake.take(told[1]) is False, "it was on its way already"

    taking(postgres, act)


def test_while_the_database_is_away_everybody_is_told(postgres: Server) -> None:
    told = [event({"object": "customer", "id": f"cus_{number}"}) for number in range(3)]

    async def work() -> None:
        nowhere, there = Database(NOWHERE.application), Database(postgres.urls.application)
        intake = Intake(nowhere, context())
        outcomes = await asyncio.gather(*map(intake.take, told), return_exceptions=True)
        assert [type(each) for each in outcomes] == [Unavailable] * 3
        intake._database = there
        assert await asyncio.gather(*map(intake.take, told)) == [True] * 3
        await nowhere.close()
        await there.close()

    asyncio.run(work())
