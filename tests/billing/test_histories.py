"""Whatever comes late, twice, in another order, at once or never: what is mirrored ends as if all had come in order.

A history is made twice at stand-ins of the same seed. Once each event is worked on when it happens; once those that are
not lost are, in any order and at any later time, several at once (an object by one worker at a time, as its lock in the
queue has it), and what was lost is found by the reconciliation.
"""

import asyncio
import random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.database import Database
from kit.postgres import Server
from tests.billing.history import Run, Subject, World
from tests.billing.stripe_world import person
from tests.databases import context

PLANS = ["basic-month", "basic-year", "professional-month", "professional-year"]
CARDS = ["pm_card_visa", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"]
ACT = st.one_of(
    st.tuples(st.just("subscribe"), st.sampled_from(PLANS), st.sampled_from([*CARDS, None]), st.booleans()),
    st.tuples(st.just("change"), st.sampled_from(PLANS)),
    st.tuples(st.just("card"), st.sampled_from(CARDS)),
    st.tuples(st.sampled_from(["cancel", "end", "resume", "pay", "waive", "win", "lose"])),
    st.tuples(st.sampled_from(["refund", "dispute"]), st.integers(0, 1)),
    st.tuples(st.just("wait"), st.sampled_from([1, 4, 8, 31, 40])),
)
HISTORY = st.lists(ACT, min_size=1, max_size=10)
# Parts of 10,000, side by side where there are several processes.
DEEP = [
    pytest.param(2_500, marks=[pytest.mark.deep, pytest.mark.timeout(14_400)], id=f"part {part}")
    for part in range(1, 5)
]


async def in_order(run: Run, history: list[tuple[Any, ...]]) -> None:
    await run.begin()
    for act in history:
        run.do(act)
        for subject in run.news():
            await run.work_on(subject)
        await run.by_the_clock()
    await run.mend()
    await run.end_returned()


async def astray(run: Run, history: list[tuple[Any, ...]], chance: random.Random) -> None:
    await run.begin()
    waiting: list[Subject] = []
    for act in [*history, None]:
        if act is not None:
            run.do(act)
        for subject in run.news():
            waiting += [subject] * chance.choice([0, 1, 1, 2])  # lost, or twice
        chance.shuffle(waiting)
        come = len(waiting) if act is None else chance.randint(0, len(waiting))
        now, waiting = waiting[:come], waiting[come:]
        for start in range(0, len(now), 3):
            await asyncio.gather(*(run.work_on(each) for each in now[start : start + 3]))
        if chance.random() < 0.5:
            await run.by_the_clock()
    await run.mend()
    await run.end_returned()


async def both(world: World, history: list[tuple[Any, ...]], number: int) -> None:
    first = Run(world, str(number))
    await in_order(first, history)
    wanted = first.state()
    second = Run(world, str(number))
    await astray(second, history, random.Random(number))
    assert second.state() == wanted


@pytest.mark.parametrize("examples", [8, *DEEP])
def test_it_ends_the_same(postgres: Server, examples: int) -> None:
    with asyncio.Runner() as runner, psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute(
            "SET session_replication_role = replica"
        )  # books that are never emptied are, between two histories
        database = Database(postgres.urls.worker, pool_size=4)
        world = World(owner, database, person(postgres), context())

        @settings(
            derandomize=examples < 100, max_examples=examples, deadline=None, suppress_health_check=[*HealthCheck]
        )
        @given(HISTORY, st.integers(0, 2**32))
        def hold(history: list[tuple[Any, ...]], number: int) -> None:
            runner.run(both(world, history, number))

        try:
            hold()
        finally:
            runner.run(database.close())
