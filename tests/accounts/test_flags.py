"""Who has a flag: the same people everywhere and for ever, as many as were said."""

import asyncio
import uuid
from collections import Counter

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.audit import Actor
from accounts.errors import Refused
from accounts.flags import programs, service
from accounts.flags.registry import FLAGS, has
from accounts.flags.rollout import Rollout
from accounts.flags.service import NOTICE
from accounts.following import Follower
from kit.database import Database
from kit.postgres import Server
from tests.databases import on
from tests.people import knowing

NAME = next(iter(FLAGS))
HAD = [17, 36, 38, 70, 82, 109, 121, 123, 134, 140, 144, 150, 159, 161, 165, 187]
PEOPLE = [uuid.UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for number in range(20_000)]


@given(st.uuids(), st.text(), st.integers(0, 100), st.integers(0, 100))
def test_who_has_it_at_one_percentage_has_it_at_every_larger_one(
    user_id: uuid.UUID, name: str, one: int, other: int
) -> None:
    fewer, more = sorted((one, other))
    assert has(user_id, name, more) or not has(user_id, name, fewer)
    assert has(user_id, name, 100)
    assert not has(user_id, name, 0)


@pytest.mark.parametrize("percent", [1, 10, 50, 99])
def test_as_many_have_it_as_were_said_and_another_flag_is_had_by_others(percent: int) -> None:
    share = percent / 100
    error = 4 * (share * (1 - share) / len(PEOPLE)) ** 0.5
    both = Counter((has(person, "one", percent), has(person, "two", percent)) for person in PEOPLE)
    for count, wanted in (
        (both[True, True] + both[True, False], share),
        (both[True, True] + both[False, True], share),
        (both[True, True], share**2),
    ):
        assert abs(count / len(PEOPLE) - wanted) < error


def test_it_is_the_same_people_for_ever() -> None:
    """Written down once: another answer would take from people what they have."""
    had = [number for number, person in enumerate(PEOPLE[:200]) if has(person, "webhook-endpoints", 5)]
    assert had == HAD


def test_each_environment_has_its_own(postgres: Server) -> None:
    url, here, there = postgres.urls.admin, knowing(), knowing(environment="staging")
    assert programs.set_flag(url, there, NAME, 7, "trying it").percent == 7
    try:
        told = {each.name: each for each in programs.list_flags(url, there)}[NAME]
        assert (told.percent, told.usual) == (7, FLAGS[NAME].percent)
        assert {each.name: each.percent for each in programs.list_flags(url, here)}[NAME] == FLAGS[NAME].percent
    finally:
        assert programs.set_flag(url, there, NAME, None, "tried").percent == FLAGS[NAME].percent
    with psycopg.connect(url) as connection:
        asked = "SELECT facts FROM audit_log WHERE action = 'flag.changed' ORDER BY seq DESC LIMIT 1"
        row = connection.execute(asked).fetchone()
    assert row is not None
    assert '"environment": "staging"' in row[0]


def test_a_flag_that_there_is_not_is_refused(postgres: Server) -> None:
    with pytest.raises(Refused, match=f"no flag nothing; there are {NAME}"):
        programs.set_flag(postgres.urls.admin, knowing(), "nothing", 7, "trying it")


def test_a_process_reads_it_when_it_hears_of_it(postgres: Server) -> None:
    """Long before it would look by itself."""

    async def work(database: Database) -> None:
        context, user_id = knowing(environment="heard"), uuid.uuid4()
        rollout = Rollout("heard")
        follower = Follower(database, NOTICE, rollout.load)
        following = asyncio.create_task(follower.run())
        await follower.asked.wait()
        assert rollout.of(user_id) == {name: has(user_id, name, each.percent) for name, each in FLAGS.items()}
        admin = Database(postgres.urls.admin)
        for percent, wanted in ((0, False), (100, True)):
            async with admin.transaction() as session:
                await service.change(session, context, NAME, percent, Actor("operator"), "trying it")
            follower.hear("key:somebody's")
            assert rollout.has(user_id, NAME) is not wanted
            follower.hear(NOTICE)
            async with asyncio.timeout(4):
                while rollout.has(user_id, NAME) is not wanted:
                    await asyncio.sleep(0.01)
        following.cancel()
        await admin.close()

    on(postgres.urls.application, work)
