"""Several real workers: one limit through Redis, one record for each request, whatever ends them."""

import asyncio
import time
from collections import Counter
from urllib.parse import urlencode

import httpx
import psycopg
import pytest

from accounts.programs import create_key
from billing.plans import PLANS
from kit.postgres import Server
from kit.store import Store
from serving.api import DOORS
from tests.databases import context
from tests.redis import RedisServer, _redis_program, redis
from tests.serving.processes import running_api

__all__ = ["_redis_program", "redis"]

DOOR = DOORS[0]
BASIC = PLANS["basic"]
AT_ONCE = 2_000


def key_of(postgres: Server, name: str, plan: str) -> dict[str, str]:
    return {"X-API-Key": create_key(postgres.urls.admin, context(), f"{name}@example.org", "tests", plan=plan)}  # type: ignore[arg-type]


def recorded(postgres: Server, key: dict[str, str]) -> dict[str, int]:
    """The statuses of a key's records by request id."""
    query = "SELECT request_id, status FROM usage_records r JOIN api_keys k ON k.id = r.key_id WHERE k.prefix = %s"
    with psycopg.connect(postgres.urls.worker) as connection:
        return dict(connection.execute(query, [key["X-API-Key"][:12]]).fetchall())


async def ask_at_once(port: int, key: dict[str, str], times: int) -> list[tuple[int, str]]:
    """Status and request id of so many requests, each on a connection of its own, all open at the same time."""
    target = f"{DOOR.path}?{urlencode(DOOR.example)}"
    fields = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "api", "Connection": "close", **key}.items())
    opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", port) for _ in range(times)))

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, str]:
        writer.write(f"GET {target} HTTP/1.1\r\n{fields}\r\n".encode())
        head = (await reader.read()).partition(b"\r\n\r\n")[0].decode().split("\r\n")
        writer.close()
        named = dict(line.split(": ", 1) for line in head[1:])
        return int(head[0].split(" ")[1]), named["x-request-id"]

    async with asyncio.timeout(60):
        return await asyncio.gather(*(ask(*pair) for pair in opened))


def test_two_workers_admit_exactly_the_limit_of_many_at_once_and_record_each(
    redis: RedisServer, store: Store, postgres: Server
) -> None:
    key = key_of(postgres, "crowd", "basic")
    with running_api(store, postgres.urls, workers=2, PAYBAND_REDIS_URL=redis.url) as api:
        answers = asyncio.run(ask_at_once(api.port, key, AT_ONCE))
        assert Counter(status for status, _ in answers) == {
            200: BASIC.requests_per_hour,
            429: AT_ONCE - BASIC.requests_per_hour,
        }
        api.stop()
    assert recorded(postgres, key) == {request_id: status for status, request_id in answers}


@pytest.mark.parametrize("workers", [2, pytest.param(3, marks=pytest.mark.deep)])
def test_without_redis_workers_admit_no_more_than_the_limit(store: Store, postgres: Server, workers: int) -> None:
    key = key_of(postgres, f"parted-{workers}", "free")
    with running_api(store, postgres.urls, workers=workers) as api:
        answers = asyncio.run(ask_at_once(api.port, key, 600))
        admitted = sum(status == 200 for status, _ in answers)
        assert 0 < admitted <= PLANS["free"].requests_per_hour


def test_a_killed_server_loses_the_last_second_at_most(store: Store, postgres: Server) -> None:
    key = key_of(postgres, "killed", "enterprise")
    answered: dict[str, float] = {}
    with running_api(store, postgres.urls) as api:
        with httpx.Client(base_url=api.url, headers=key) as client:
            end = time.monotonic() + 3
            while time.monotonic() < end:
                answer = client.get(DOOR.path, params=DOOR.example)
                answered[answer.headers["x-request-id"]] = time.monotonic()
                time.sleep(0.005)
        killed = time.monotonic()
        api.kill()
    kept = recorded(postgres, key)
    lost = [killed - at for request_id, at in answered.items() if request_id not in kept]
    assert kept
    assert max(lost, default=0) <= 1.0
