"""A closed hour is counted once from the records of usage, and told to Stripe's meter once, whoever is stopped when."""

import subprocess
import sys
from datetime import timedelta

import psycopg
import pytest

from billing.overage import counting, reporting
from billing.stripe.client import StripeAway
from tests.billing.overage.world import HOUR, NOW, World

EVENTS = "/v1/billing/meter_events"
LAST = int(HOUR.timestamp()) + 3_599  # second of the hour
WORKER = """
import sys
from datetime import datetime
from billing.overage import tasks
from tests.billing.stripe_world import work_of
from tests.databases import context, on
from tests.people import Watch
on(sys.argv[1], lambda database: tasks.settle(work_of(database, context(Watch(datetime.fromisoformat(sys.argv[2]))))))
"""


def ten_above_the_limit(world: World) -> None:
    """In an hour that is over."""
    world.asks(1_010, NOW)
    world.let_in(50)
    world.later(hours=1)


def lose(world: World) -> None:
    """Stripe has the next event, and nobody hears of it: the library asks twice again."""
    world.peer.faults.next("drop_answer", "POST", EVENTS)
    world.peer.faults.next("status", "POST", EVENTS, times=2)


def test_an_hour_comes_to_what_was_answered_above_the_limit_of_the_plan(world: World) -> None:
    world.asks(1_100, NOW)
    world.asks(20, NOW + timedelta(minutes=29, seconds=59))
    world.asks(50, NOW, status=404)  # refused: not billed,
    world.asks(50, NOW, status=429)
    world.asks(30, HOUR - timedelta(seconds=1))  # and so is what was asked in the hours
    world.asks(30, HOUR + timedelta(hours=1))  # beside it
    world.let_in(200)
    world.later(minutes=39)  # nine minutes past the hour: records may still be under way
    world.settle()
    assert world.hours == []
    world.later(minutes=2)
    world.settle()
    assert world.hours == [(HOUR, 1_000, 1_120, 120, True)]
    assert world.told == [(LAST, "120")]
    assert world.sql("SELECT requests FROM overage_leases WHERE user_id = %s", world.user_id) == []


def test_never_more_is_billed_than_was_let_in_above_the_limit(world: World) -> None:
    world.asks(1_500, NOW)  # as of somebody who had a larger plan for part of the hour
    world.let_in(70)
    world.later(hours=1)
    world.settle()
    assert world.hours == [(HOUR, 1_000, 1_500, 70, True)]


def test_who_stayed_within_the_limit_after_all_is_billed_nothing(world: World) -> None:
    """Let in above the part of the limit that one process gives, or of an hour that is none of the clock's."""
    world.asks(900, NOW)
    world.let_in(100)
    world.later(hours=1)
    world.settle()
    assert (world.hours, world.told) == ([(HOUR, 1_000, 900, 0, False)], [])


def test_done_again_it_counts_and_tells_nothing_twice(world: World) -> None:
    world.asks(1_200, NOW)
    world.let_in(500)
    world.later(hours=1)
    for _ in range(3):
        world.settle()
    world.asks(300, NOW)  # records that come too late change nothing of what was billed
    world.settle()
    assert world.hours == [(HOUR, 1_000, 1_200, 200, True)]
    assert world.told == [(LAST, "200")]


def test_an_answer_that_is_lost_is_told_once(world: World) -> None:
    ten_above_the_limit(world)
    lose(world)
    with pytest.raises(StripeAway):
        world.settle()
    assert world.hours == [(HOUR, 1_000, 1_010, 10, False)]
    world.settle()
    assert (world.hours[0][-1], world.told) == (True, [(LAST, "10")])


def test_so_it_is_long_after_stripe_has_forgotten_the_identifier(world: World) -> None:
    ten_above_the_limit(world)
    lose(world)
    with pytest.raises(StripeAway):
        world.settle()
    world.later(days=3)
    world.settle()
    assert (world.hours[0][-1], world.told) == (True, [(LAST, "10")])


def test_what_never_came_to_stripe_comes_there_days_later(world: World) -> None:
    ten_above_the_limit(world)
    world.peer.faults.next("status", "POST", EVENTS, times=3)
    with pytest.raises(StripeAway):
        world.settle()
    world.later(days=3)
    world.settle()
    assert (world.hours[0][-1], world.told) == (True, [(LAST, "10")])


def test_a_worker_killed_while_stripe_answers_tells_it_once(world: World) -> None:
    ten_above_the_limit(world)
    fault = world.peer.faults.next("wait", "POST", EVENTS)
    arguments = [sys.executable, "-c", WORKER, world.server.urls.worker, world.watch.now.isoformat()]
    with subprocess.Popen(arguments) as process:
        assert fault.reached.wait(60)
        process.kill()
    fault.released.set()
    world.settle()
    assert (world.hours, world.told) == ([(HOUR, 1_000, 1_010, 10, True)], [(LAST, "10")])


def test_what_stripe_refuses_holds_up_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "AT_ONCE", 1)
    ten_above_the_limit(world)
    world.client.v1.customers.delete(world.customer)
    other = world.beside()
    other.asks(1_020, NOW + timedelta(hours=1))
    other.let_in(50, HOUR + timedelta(hours=1))
    world.later(hours=1)
    for _ in range(2):
        world.settle()
    assert (world.hours[0][-1], world.told) == (False, [])
    assert (other.hours[0][-1], other.told) == (True, [(LAST + 3_600, "20")])


def test_an_hour_that_cannot_be_counted_holds_up_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 1)
    ten_above_the_limit(world)
    world.settle()
    world.let_in(5)  # again: what was counted stays so
    other = world.beside()
    other.asks(1_020, NOW + timedelta(hours=1))
    other.let_in(50, HOUR + timedelta(hours=1))
    world.later(hours=1)
    world.settle()
    assert (other.hours[0][1:], other.told[0][1]) == ((1_000, 1_020, 20, True), "20")
    assert world.sql("SELECT requests FROM overage_leases WHERE user_id = %s", world.user_id) == [(5,)]


def test_nothing_below_zero_is_counted(world: World) -> None:
    world.asks(1_010, NOW)
    world.let_in(-60)
    world.later(hours=1)
    world.settle()
    assert world.hours == [(HOUR, 1_000, 1_010, 0, False)]


def test_hours_of_users_who_were_erased_hold_up_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "AT_ONCE", 1)
    ten_above_the_limit(world)
    world.sql("DELETE FROM customers WHERE user_id = %s", world.user_id)
    other = world.beside()
    other.asks(1_020, NOW + timedelta(hours=1))
    other.let_in(50, HOUR + timedelta(hours=1))
    world.later(hours=1)
    world.settle()
    assert (world.hours[0][-1], world.told) == (False, [])
    assert (other.hours[0][-1], other.told[0][1]) == (True, "20")


def test_an_hour_that_is_too_long_ago_for_stripe_is_not_sent(world: World) -> None:
    ten_above_the_limit(world)
    world.later(days=35)
    world.settle()
    assert (world.hours, world.told) == ([(HOUR, 1_000, 1_010, 10, False)], [])


def test_what_was_counted_cannot_be_changed(world: World) -> None:
    ten_above_the_limit(world)
    world.settle()
    with (
        psycopg.connect(world.server.urls.worker) as worker,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        worker.execute("UPDATE overage_hours SET above = 1 WHERE user_id = %s", [world.user_id])
