"""Leave to let requests in above the limit: never more in a month than the cap pays for, whoever asks at one time."""

import asyncio
import uuid
from datetime import datetime, timedelta

import pytest

from accounts.identity import Caller
from billing.overage import admission
from billing.overage.admission import LEASE
from billing.plans import PLANS
from kit.database import Database
from serving.limits.overage import Overage
from serving.limits.rates import RateLimits, Verdict
from tests.billing.overage.world import HOUR, World
from tests.databases import context, on
from tests.people import Watch

REFUSED = Verdict(False, [], ("hour",))


class Turning(Watch):
    """Once it has a `then`, it shows its time once more before."""

    then: datetime | None = None

    def __call__(self) -> datetime:
        shown, self.now = self.now, self.then or self.now
        return shown


@pytest.fixture
def paying(world: World) -> World:
    world.sql("UPDATE overage_choices SET subscription_id = %s WHERE user_id = %s", uuid.uuid4().hex, world.user_id)
    return world


def leased(world: World, *unused: int) -> list[int]:
    """What is given to so many who ask at one time."""

    async def one(database: Database, back: int) -> int:
        async with database.transaction(world.user_id) as session:
            hour = admission.hour_of(world.watch.now)
            return await admission.lease(session, world.user_id, PLANS["basic"], hour, back)

    async def work(database: Database) -> list[int]:
        return await asyncio.gather(*(one(database, back) for back in unused))

    return on(world.server.urls.application, work)


def test_all_who_ask_at_one_time_are_given_no_more_than_the_cap_pays_for(paying: World) -> None:
    paying.sql("UPDATE overage_choices SET cap = 27 WHERE user_id = %s", paying.user_id)  # 540 requests
    given = leased(paying, *[0] * 12)
    assert sorted(given) == [0] * 6 + [40] + [LEASE] * 5
    assert leased(paying, 0) == [0]


def test_what_is_not_used_is_given_to_somebody_else(paying: World) -> None:
    paying.sql("UPDATE overage_choices SET cap = 5 WHERE user_id = %s", paying.user_id)  # 100 requests
    assert leased(paying, 0) == [LEASE]
    assert leased(paying, 30) == [30]
    assert leased(paying, 0) == [0]


def test_what_was_not_used_counts_no_more_when_the_hour_is_counted_and_a_month_begins_with_the_whole_cap(
    paying: World,
) -> None:
    paying.sql("UPDATE overage_choices SET cap = 5 WHERE user_id = %s", paying.user_id)
    assert leased(paying, 0) == [LEASE]
    paying.asks(1_010, paying.watch.now)
    paying.later(hours=2)
    assert leased(paying, 0) == [0]
    paying.settle()
    assert leased(paying, 0) == [LEASE - 10]
    paying.watch.now += timedelta(days=31)
    assert leased(paying, 0) == [LEASE]


def test_nobody_is_let_in_who_gave_it_up_or_has_no_subscription_for_it(world: World) -> None:
    assert leased(world, 0) == [0]
    values = (uuid.uuid4().hex, world.user_id)
    world.sql("UPDATE overage_choices SET subscription_id = %s, wanted = false WHERE user_id = %s", *values)
    assert leased(world, 0) == [0]


def test_what_is_given_back_while_the_hour_turns_is_of_the_old_hour(paying: World) -> None:
    """The clock is past the hour from the second look on."""
    turn, now = HOUR + timedelta(hours=1), [0.0]
    clock = Turning(turn - timedelta(seconds=1))
    caller = Caller(paying.user_id, "session", "user", "basic", frozenset())

    async def work(database: Database) -> None:
        overage = Overage(database, context(clock), RateLimits(), lambda: now[0])
        assert (await overage.beyond(caller, REFUSED)).admitted
        paying.sql("UPDATE overage_choices SET wanted = false WHERE user_id = %s", paying.user_id)
        now[0], clock.then = 60.0, turn
        assert not (await overage.beyond(caller, REFUSED)).admitted

    on(paying.server.urls.application, work)
    assert paying.sql("SELECT hour, requests FROM overage_leases WHERE user_id = %s", paying.user_id) == [(HOUR, 1)]
