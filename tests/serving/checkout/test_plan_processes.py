"""Two processes of the API on one port: a plan that changes in our mirror is in force in both within a second."""

import time
import uuid
from dataclasses import replace

import httpx

from billing.customers import service as customers
from kit.database import Database
from kit.postgres import Server
from kit.store import Store
from serving.api import DOORS
from tests.billing.stripe_world import client, peer
from tests.billing.subscriptions.world import World, world
from tests.callers import headers_of
from tests.databases import context, on
from tests.serving.processes import Api, running_api
from tests.waiting import until

__all__ = ["client", "peer", "world"]

WORKERS = 2
PAID = next(door for door in DOORS if door.service == "revisions")  # comes with the smallest plan that is paid for


def answers(api: Api, headers: dict[str, str]) -> set[int]:
    """What so many questions are told: enough that either process answers some."""

    def asked() -> httpx.Response:
        return api.client.get(PAID.path, params=PAID.example, headers=headers)

    found = [asked() for _ in range(12)]
    return {each.status_code for each in found}


def of(world: World, user_id: uuid.UUID) -> World:
    """The same world for somebody who can sign in."""

    async def work(database: Database) -> str:
        return (await customers.of(database, context(world.watch), world.client, user_id)).stripe_id

    return replace(world, user_id=user_id, customer=on(world.server.urls.application, work))


def test_a_plan_that_changed_is_in_force_in_every_process_within_a_second(
    store: Store, postgres: Server, world: World
) -> None:
    with running_api(store, postgres.urls, workers=WORKERS) as api:
        headers = headers_of("free key", postgres, context())
        me = api.client.get("/api/v1/users/me", headers=headers).json()["id"]
        ana = of(world, uuid.UUID(me))
        sub = ana.subscribe()
        until(lambda: answers(api, headers) == {402}, every=0.5)
        ana.mirror(sub)
        time.sleep(0.9)
        assert answers(api, headers) == {200}
        ana.client.v1.subscriptions.cancel(sub)
        ana.mirror(sub)
        time.sleep(0.9)
        assert answers(api, headers) == {402}
