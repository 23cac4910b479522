"""Subscriptions of the Stripe stand-in, mirrored as they are read, and the plan that follows for their user."""

from typing import Any

import psycopg

from billing.entitlements import GRACE
from billing.hooks import service as hooks
from billing.subscriptions import mirroring
from kit.database import Database
from tests.billing.stripe_world import client, peer
from tests.billing.subscriptions.world import World, world
from tests.databases import on

__all__ = ["client", "peer", "world"]


def test_who_subscribes_has_the_plan_and_has_it_still_after_a_renewal(world: World) -> None:
    sub = world.subscribe("professional-month")
    assert world.plan == "free"
    world.mirror(sub)
    assert (world.plan, world.state) == ("professional", "active")
    world.later(sub, days=40)
    assert (world.plan, world.state) == ("professional", "active")


def test_what_was_never_paid_gives_nothing(world: World) -> None:
    sub = world.subscribe(payment_behavior="default_incomplete")
    world.mirror(sub)
    assert world.plan == "free"


def test_a_declined_renewal_is_forgiven_for_the_days_of_grace(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    world.declining()
    world.later(sub, days=31, hours=2)
    assert (world.plan, world.state) == ("basic", "grace")
    world.later(days=GRACE.days)
    world.passes()
    assert (world.plan, world.state) == ("lapsed", "lapsed")
    world.later(sub, days=20)
    assert world.peer.objects[sub]["status"] == "canceled"
    assert (world.plan, world.state) == ("lapsed", "lapsed"), "Stripe gave up; that pays no debt"
    before, back = mirroring.fetch(world.client, sub), {"metadata": {mirroring.BACK_TO_FREE: "1"}}
    world.client.v1.subscriptions.update(sub, back)  # type: ignore[arg-type]
    world.mirror(sub)
    assert (world.plan, world.state) == ("free", "free")
    world.write(before)
    assert (world.plan, world.state) == ("free", "free"), "whoever read it before writes it later"


def test_what_was_written_off_before_another_period_was_paid_does_not_shorten_the_grace(world: World) -> None:
    sub = world.subscribe()
    world.declining()
    world.later(sub, days=31, hours=2)
    old = world.peer.objects[sub]["latest_invoice"]
    world.client.v1.invoices.mark_uncollectible(old)
    good: Any = {
        "default_payment_method": world.client.v1.payment_methods.attach(
            "pm_card_visa", {"customer": world.customer}
        ).id
    }
    world.client.v1.subscriptions.update(sub, good)
    world.later(sub, days=31)
    assert (world.plan, world.state) == ("basic", "active")
    world.declining()
    world.later(sub, days=31)
    assert (world.plan, world.state) == ("basic", "grace")


def test_who_pays_after_all_has_the_plan_again(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    world.declining()
    world.later(sub, days=41)
    world.passes()
    assert world.plan == "lapsed"
    good: Any = {"payment_method": "pm_card_visa"}
    world.client.v1.invoices.pay(world.peer.objects[sub]["latest_invoice"], good)
    world.mirror(sub)
    assert (world.plan, world.state) == ("basic", "active")


def test_a_cancelled_period_is_had_to_its_end_though_nobody_tells_of_it(world: World) -> None:
    sub = world.subscribe()
    world.client.v1.subscriptions.update(sub, {"cancel_at_period_end": True})
    world.mirror(sub)
    world.later(days=29)
    world.passes()
    assert world.plan == "basic"
    world.later(days=3)
    world.passes()
    assert (world.plan, world.state) == ("free", "free")


def test_a_renewal_that_nobody_told_of_is_waited_for(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    world.later(days=32)
    world.passes()
    assert (world.plan, world.state) == ("basic", "grace")
    world.mirror(sub)
    assert (world.plan, world.state) == ("basic", "active")


def test_a_subscription_that_stripe_does_not_know_is_over(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)

    async def work(database: Database) -> None:
        async with database.transaction() as session:
            await mirroring.gone(session, world.context, sub)

    on(world.server.urls.worker, work)
    assert (world.plan, world.state) == ("free", "free")


def test_a_subscription_to_something_else_is_left_alone(world: World) -> None:
    product: Any = {"name": "Of another shop"}
    price: Any = {"product": world.client.v1.products.create(product).id, "currency": "usd", "unit_amount": 500}
    price["recurring"] = {"interval": "month"}
    other: Any = {"customer": world.customer, "items": [{"price": world.client.v1.prices.create(price).id}]}
    other["default_payment_method"] = "pm_card_visa"
    world.mirror(world.client.v1.subscriptions.create(other).id)
    assert world.ask("SELECT id FROM subscriptions WHERE user_id = %s") == []
    assert world.plan == "free"


def test_a_plan_that_an_administrator_gave_stays_until_what_is_paid_for_changes(world: World) -> None:
    sub = world.subscribe()
    world.mirror(sub)
    with psycopg.connect(world.server.urls.admin) as connection:
        connection.execute("UPDATE users SET plan = 'enterprise' WHERE id = %s", [world.user_id])
    world.mirror(sub)
    world.later(sub, days=35)
    assert world.plan == "enterprise"
    world.client.v1.subscriptions.cancel(sub)
    world.mirror(sub)
    assert world.plan == "free"


def test_it_is_in_the_trail_and_told_to_webhook_endpoints(world: World) -> None:
    async def listen(database: Database) -> None:
        async with database.transaction(world.user_id) as session:
            address, kinds = "https://example.org/told", ["subscription.changed"]
            await hooks.create(session, world.context, world.user_id, address, kinds, ())

    on(world.server.urls.application, listen)
    sub = world.subscribe()
    for _ in range(2):  # read again it is no news
        world.mirror(sub)
    assert world.trail() == [("free", "basic")]
    assert world.ask("SELECT kind FROM hook_deliveries WHERE user_id = %s") == [("subscription.changed",)]
    for told, ends in ((2, True), (3, False)):
        asked: Any = {"cancel_at_period_end": ends}
        world.client.v1.subscriptions.update(sub, asked)
        for _ in range(2):
            world.mirror(sub)
        assert len(world.ask("SELECT kind FROM hook_deliveries WHERE user_id = %s")) == told
