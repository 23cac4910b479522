"""The licence that subscribing brings: issued once, as good as what is paid for, whatever happens in between."""

import uuid
from datetime import timedelta
from typing import Any

import psycopg

from billing.entitlements import GRACE
from billing.licences import service
from kit.database import Database
from tests.billing.licences.world import Hardware
from tests.billing.stripe_world import client, peer, person
from tests.billing.subscriptions.licensed import HELD, activate, ends, held, keys, period_end, put_on, turn, why
from tests.billing.subscriptions.world import World, world
from tests.databases import on

__all__ = ["client", "peer", "world"]


def test_a_subscription_brings_one_licence_and_its_key_in_a_letter(world: World) -> None:
    sub, laptop = world.subscribe("professional-month"), Hardware.new()
    for _ in range(2):
        world.mirror(sub)
    assert held(world) == [("desktop-professional", "active", True)]
    assert ends(world) == period_end(world) + GRACE
    assert len(keys(world)) == 1
    activate(world, laptop)
    assert why(world, laptop) is None


def test_it_is_prolonged_by_each_period_that_is_paid(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    world.later(sub, days=40)
    assert ends(world) == period_end(world) + GRACE
    assert (len(held(world)), len(keys(world))) == (1, 1)


def test_who_cancels_has_it_to_the_end_of_the_period_and_who_resumes_beyond(world: World) -> None:
    sub = world.subscribe()
    world.client.v1.subscriptions.update(sub, {"cancel_at_period_end": True})
    world.mirror(sub)
    assert ends(world) == period_end(world)
    world.client.v1.subscriptions.update(sub, {"cancel_at_period_end": False})
    world.mirror(sub)
    assert ends(world) == period_end(world) + GRACE


def test_another_plan_makes_it_that_plans_with_the_same_key_and_machine(world: World) -> None:
    sub, laptop = world.subscribe(), Hardware.new()
    world.mirror(sub)
    activate(world, laptop)
    for offer, policy in (("enterprise-month", "desktop-enterprise"), ("basic-month", "desktop-basic")):
        put_on(world, sub, offer)
        assert held(world) == [(policy, "active", True)]
        assert why(world, laptop) is None
    assert len(keys(world)) == 1
    world.watch.now += timedelta(hours=1)
    assert why(world, laptop) is None, "bound, and no seat that needs a heartbeat"


def test_a_smaller_plan_keeps_as_many_machines_as_it_has(world: World) -> None:
    sub, of_a_team = world.subscribe("enterprise-month"), [Hardware.new() for _ in range(3)]
    world.mirror(sub)
    for each in of_a_team:
        activate(world, each)
        world.watch.now += timedelta(minutes=1)
    put_on(world, sub, "basic-month")
    assert [why(world, each) for each in of_a_team] == ["machine-not-activated", "machine-not-activated", None]


def test_a_machine_becomes_a_seat_with_a_plan_that_has_seats(world: World) -> None:
    sub, laptop = world.subscribe(), Hardware.new()
    world.mirror(sub)
    activate(world, laptop)
    put_on(world, sub, "enterprise-month")
    world.watch.now += timedelta(hours=1)
    assert why(world, laptop) == "seat-expired"
    activate(world, laptop)
    assert why(world, laptop) is None


def test_it_ends_with_the_grace_and_is_good_again_when_it_is_paid(world: World) -> None:
    sub, laptop = world.subscribe(), Hardware.new()
    world.mirror(sub)
    activate(world, laptop)
    world.declining()
    world.later(sub, days=31, hours=2)
    assert (world.state, why(world, laptop)) == ("grace", None)
    assert ends(world) == world.ask("SELECT until FROM entitlements WHERE user_id = %s")[0][0]
    world.later(sub, days=GRACE.days)
    assert (world.state, why(world, laptop)) == ("lapsed", "expired")
    world.client.v1.invoices.pay(world.peer.objects[sub]["latest_invoice"], {"payment_method": "pm_card_visa"})
    world.mirror(sub)
    assert (why(world, laptop), len(keys(world))) == (None, 1)


def test_it_goes_with_its_money_whoever_has_it(world: World) -> None:
    sub, taker = world.subscribe(), person(world.server)
    world.mirror(sub)

    async def hand_on(database: Database) -> None:
        async with database.transaction(world.user_id) as session:
            mine = (await service.licences_of(session, world.context, world.user_id))[0]
            code = await service.offer(session, world.context, world.user_id, mine.id)
        async with database.transaction(taker) as session:
            await service.take(session, world.context, taker, code)

    on(world.server.urls.application, hand_on)
    world.later(sub, days=31, hours=2)
    assert [status for _, status, _ in held(world)] == ["transferred"]
    assert of(world, taker) == [("desktop-basic", "active", period_end(world) + GRACE)]
    world.client.v1.subscriptions.cancel(sub)
    world.mirror(sub)
    assert of(world, taker) == [("desktop-basic", "active", world.watch.now)]


def of(world: World, user_id: uuid.UUID) -> list[tuple[Any, ...]]:
    with psycopg.connect(world.server.urls.worker) as connection:
        return connection.execute(HELD, [user_id]).fetchall()


def test_what_an_operator_revoked_stays_so(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    turn(world, service.revoke)
    world.later(sub, days=31, hours=2)
    put_on(world, sub, "professional-month")
    assert [(policy, status) for policy, status, _ in held(world)] == [("desktop-basic", "revoked")]


def test_what_an_operator_suspended_stays_so_and_is_of_the_plan_when_it_is_reinstated(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    turn(world, service.suspend)
    put_on(world, sub, "professional-month")
    assert held(world) == [("desktop-professional", "suspended", True)]
    turn(world, service.reinstate)
    assert held(world) == [("desktop-professional", "active", True)]


def test_a_trial_brings_it_and_what_was_never_paid_does_not(world: World) -> None:
    world.mirror(world.subscribe(payment_behavior="default_incomplete"))
    assert held(world) == []
    world.mirror(world.subscribe(trial_period_days=7))
    assert (world.state, held(world)) == ("trialing", [("desktop-basic", "active", True)])


def test_who_was_erased_is_given_none(world: World) -> None:
    with psycopg.connect(world.server.urls.owner) as connection:
        connection.execute("UPDATE users SET status = 'erased' WHERE id = %s", [world.user_id])
    world.mirror(world.subscribe())
    assert (held(world), keys(world)) == ([], [])
