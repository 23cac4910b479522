"""Subscribers hear when few credits are left: once each time, and not for what is only reserved."""

import json
from ipaddress import ip_network
from typing import Any

import psycopg
import pytest

from accounts.vault import service as vault
from billing.credits import service
from billing.hooks import service as hooks
from billing.plans import PLANS
from kit.database import Database
from kit.postgres import Server
from tests.billing.books import once
from tests.billing.purse import DAY, HOUR, Purse
from tests.databases import on

OWN = (ip_network("127.0.0.0/8"),)
LOW = PLANS["basic"].credits_low


def basic(postgres: Server, purse: Purse) -> Purse:
    """Puts somebody on the plan Basic, one that has few credits at some time."""
    with psycopg.connect(postgres.urls.admin) as connection:
        connection.execute("UPDATE users SET plan = 'basic' WHERE id = %s", [purse.user_id])
    return purse


@pytest.fixture
def told(postgres: Server, purse: Purse) -> Purse:
    """Somebody on the plan Basic whose endpoint wants to hear of it."""
    basic(postgres, purse)
    kinds = ["credits.low"]
    purse.do(lambda s: hooks.create(s, purse.context, purse.user_id, "http://127.0.0.1:9/", kinds, OWN))
    return purse


def heard(purse: Purse) -> list[Any]:
    """What the endpoint is to be told, oldest first."""

    async def look(session: Any) -> list[Any]:
        (hook,) = await hooks.hooks_of(session, purse.context, purse.user_id)
        person = await vault.key_of(session, purse.context.secrets, purse.user_id)
        sent = await hooks.deliveries(session, purse.user_id, hook.id, None, 10)
        events = [json.loads(person.open(hooks.BODY, each.body_sealed)) for each in sent]
        assert {event["type"] for event in events} <= {"credits.low"}
        return [event["data"] for event in events][::-1]

    return purse.do(look)


def low(available: int, reserved: int = 0) -> dict[str, int]:
    return {"available": available, "reserved": reserved, "threshold": LOW}


def test_it_is_told_once_each_time_that_few_are_left(told: Purse) -> None:
    told.grant(LOW + 5)
    told.spend(5)
    assert heard(told) == []
    told.spend(1)
    told.spend(1)
    assert heard(told) == [low(LOW - 1)]
    told.watch.now += HOUR
    told.grant(2)
    told.spend(3)
    assert heard(told) == [low(LOW - 1), low(LOW - 3)]


def test_what_is_reserved_is_not_gone(told: Purse) -> None:
    told.grant(LOW + 1)
    told.release(told.reserve(9).id)
    held = told.reserve(9)
    assert heard(told) == []
    told.commit(held.id, 3)
    assert heard(told) == [low(LOW - 2)]


def test_what_expires_is_told_by_the_worker(told: Purse, postgres: Server) -> None:
    told.grant(LOW, 1)
    told.watch.now += DAY

    async def settle(database: Database) -> None:
        async with database.transaction() as session:
            await service.settle(session, told.context, told.user_id)

    for _ in range(2):
        on(postgres.urls.worker, settle)
    assert heard(told) == [low(0)]


def test_what_an_administrator_takes_back_is_told(told: Purse, postgres: Server) -> None:
    told.grant(LOW)

    async def take(database: Database) -> None:
        async with database.transaction() as session:
            await service.adjust(session, told.context, told.user_id, -1, once())

    on(postgres.urls.admin, take)
    assert heard(told) == [low(LOW - 1)]


def test_somebody_elses_credits_are_not_told(told: Purse, postgres: Server) -> None:
    other = basic(postgres, Purse(postgres))
    other.grant(LOW)
    other.spend(1)
    assert heard(told) == []
