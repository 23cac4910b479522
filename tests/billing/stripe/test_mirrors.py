"""Each kind of object that is mirrored, by an event of it alone."""

from stripe import StripeClient

from kit.postgres import Server
from tests.billing.stripe.events import event, received, worked
from tests.billing.stripe_world import client, peer
from tests.billing.subscriptions.world import World, world

__all__ = ["client", "peer", "world"]


def test_a_subscription_is_mirrored_with_whose_it_is(world: World, postgres: Server) -> None:
    """Also where we were killed before we could keep the customer, and hear of the subscription first."""
    world.ask("DELETE FROM customers WHERE user_id = %s RETURNING stripe_id")
    subscription = world.subscribe()
    told = event({"object": "subscription", "id": subscription}, "customer.subscription.created")
    received(postgres, told)
    worked(postgres, told, world.context)
    assert (world.plan, world.ask("SELECT stripe_id FROM customers WHERE user_id = %s")) == (
        "basic",
        [(world.customer,)],
    )


def test_a_subscription_ends_with_its_customer(world: World, postgres: Server, client: StripeClient) -> None:
    subscription = world.subscribe()
    world.mirror(subscription)
    assert world.plan == "basic"
    client.v1.customers.delete(world.customer)
    gone = event({"object": "customer", "id": world.customer}, "customer.deleted")
    ended = event({"object": "subscription", "id": subscription}, "customer.subscription.deleted")
    for told in (gone, ended):
        received(postgres, told)
        worked(postgres, told, world.context)
    assert (world.plan, world.ask("SELECT stripe_id FROM customers WHERE user_id = %s")) == ("free", [])
