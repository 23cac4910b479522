"""Offline files of the licence that subscribing brings: what outlives it is told."""

from tests.billing.licences.world import Hardware
from tests.billing.stripe_world import client, peer
from tests.billing.subscriptions.licensed import activate, ends, file_made, held, keys, listed, refund, why
from tests.billing.subscriptions.world import World, world

__all__ = ["client", "peer", "world"]


def test_it_is_over_at_once_when_the_money_went_back_and_files_that_are_away_are_told(world: World) -> None:
    sub, laptop = world.subscribe(), Hardware.new()
    world.mirror(sub)
    activate(world, laptop)
    file = file_made(world, laptop)
    refund(world, sub)
    over = ends(world)
    assert (world.plan, why(world, laptop), over, listed(world, file)) == ("free", "expired", world.watch.now, True)
    world.later(sub, minutes=5)
    assert ends(world) == over, "it ended once"
    world.client.v1.subscriptions.cancel(sub)
    world.mirror(sub)
    world.mirror(world.subscribe("professional-month"))
    assert (why(world, laptop), len(keys(world)), listed(world, file)) == (None, 1, False)
    assert held(world) == [("desktop-professional", "active", True)]
    told = world.ask("SELECT action FROM audit_log WHERE user_id = %s AND action LIKE 'licence.%%' ORDER BY seq")
    assert [row[0].partition(".")[2] for row in told] == ["issued", "file_made", "ended", "changed", "renewed"]


def test_a_file_that_outlives_what_was_cancelled_since_is_told(world: World) -> None:
    sub, laptop = world.subscribe(), Hardware.new()
    world.mirror(sub)
    activate(world, laptop)
    world.later(sub, days=28)
    file = file_made(world, laptop)
    world.client.v1.subscriptions.update(sub, {"cancel_at_period_end": True})
    world.mirror(sub)
    assert (file.expires_at > ends(world).timestamp(), listed(world, file)) == (True, False)
    file_made(world, laptop)  # which ends with the licence, and leaves the other as it is
    world.later(sub, days=4)
    assert (why(world, laptop), listed(world, file)) == ("expired", True)
    world.later(sub, days=30)
    assert not listed(world, file), "by now it is over itself"
