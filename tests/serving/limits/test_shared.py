"""The windows in a real Redis: exact under many at once, all or none, and what happens when it goes away."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable

import pytest

from accounts.identity import Caller
from billing.plans import PLANS
from kit.errors import BadInput
from serving.limits.policies import Policies, Policy
from serving.limits.rates import RateLimits
from serving.limits.shared import ANSWER_S, SharedWindows
from tests.redis import RedisServer

FREE, BASIC = PLANS["free"], PLANS["basic"]


def caller(user: int = 1, key: int = 2, plan: str = "free") -> Caller:
    return Caller(uuid.UUID(int=user), "key", "user", plan, frozenset(), key_id=uuid.UUID(int=key))


def with_windows(url: str, work: Callable[[SharedWindows], Awaitable[None]]) -> None:
    async def run() -> None:
        windows = SharedWindows(url)
        try:
            await work(windows)
        finally:
            await windows.close()

    asyncio.run(run())


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.05)


def test_many_at_once_from_several_processes_get_exactly_the_limit(redis: RedisServer) -> None:
    asked = (("burst:k", Policy("burst", 10_000, 10)), ("hour:u", Policy("hour", 1_000, 3_600)))

    async def work(one: SharedWindows) -> None:
        other = SharedWindows(redis.url)
        rates = await asyncio.gather(*(random.choice((one, other)).take(asked) for _ in range(2_000)))
        assert sum(rate is not None and rate.admitted for rate in rates) == 1_000
        last = await one.take((("burst:k", Policy("burst", 10_000, 10)),))
        assert last is not None
        assert last.standings[0][0] == 10_000 - 1_000 - 1  # who was refused used up nothing
        await other.close()

    with_windows(redis.url, work)


def test_windows_move(redis: RedisServer) -> None:
    asked, window_s = (("a", Policy("second", 3, 1)),), 1.0

    async def work(windows: SharedWindows) -> None:
        admitted: list[tuple[float, float]] = []  # before it was asked and after the answer: Redis decided in between
        loop, refused = asyncio.get_running_loop(), 0
        async with asyncio.timeout(60):
            while len(admitted) < 8:
                before = loop.time()
                rate = await windows.take(asked)
                assert rate is not None
                if rate.admitted:
                    admitted.append((before, loop.time()))
                else:
                    refused += 1
                    assert 0 < rate.retry_s <= window_s + 0.001
                await asyncio.sleep(random.uniform(0, 0.05))
        assert refused
        for (first, _), (_, fourth) in zip(admitted, admitted[3:], strict=False):
            assert fourth - first >= window_s - 0.001

    with_windows(redis.url, work)


def test_an_idle_window_leaves_nothing_behind(redis: RedisServer) -> None:
    async def work(windows: SharedWindows) -> None:
        await windows.take((("a", Policy("second", 3, 1)),))
        client = windows._redis
        assert await client.keys("*") == [b"payband:limits:a"]
        await asyncio.sleep(2.2)
        assert await client.keys("*") == []

    with_windows(redis.url, work)


def test_without_redis_the_share_counts_and_it_comes_back_by_itself(redis: RedisServer) -> None:
    async def run() -> None:
        limits = RateLimits(workers=4, redis_url=redis.url)
        first = [await limits.of_caller(caller()) for _ in range(10)]
        assert all(verdict.admitted for verdict in first)
        redis.stop()
        then = [await limits.of_caller(caller()) for _ in range(40)]
        # A quarter of the hundred, of which ten were admitted through Redis.
        assert sum(verdict.admitted for verdict in then) == FREE.requests_per_hour // 4 - 10
        assert limits.told() == {"windows": "process", "redis_lost": 1}
        assert limits.at_once(limits.held(caller(3, 4))) is not None
        redis.start()
        await eventually(lambda: limits.told()["windows"] == "redis")
        assert limits.at_once(limits.held(caller(3, 4))) is None
        assert (await limits.of_caller(caller())).admitted
        redis.stop()
        await limits.of_caller(caller())
        assert limits.told()["redis_lost"] == 2
        await limits.close()

    asyncio.run(run())


def test_a_redis_that_hangs_costs_one_wait(redis: RedisServer) -> None:
    async def run() -> None:
        limits = RateLimits(redis_url=redis.url)
        await limits.of_caller(caller())
        redis.freeze()
        loop = asyncio.get_running_loop()
        started = loop.time()
        verdicts = await asyncio.gather(*(limits.of_caller(caller()) for _ in range(50)))
        assert all(verdict.admitted for verdict in verdicts)
        for _ in range(10):
            await limits.of_caller(caller())
        assert loop.time() - started < 3 * ANSWER_S
        redis.thaw()
        await eventually(lambda: limits.told()["windows"] == "redis")
        await limits.close()

    asyncio.run(run())


def test_without_redis_workers_together_admit_the_limit_and_no_more() -> None:
    workers = [RateLimits(workers=3) for _ in range(3)]
    asked = (random.choice(workers) for _ in range(6_000))
    admitted = [limits.at_once(limits.held(caller(plan="basic"))) for limits in asked]
    assert sum(fields is not None for fields in admitted) == BASIC.requests_per_hour // 3 * 3


def test_keys_of_one_user_share_the_hour_and_not_the_burst() -> None:
    limits = RateLimits()
    admitted = [limits.at_once(limits.held(caller(key=number % 5))) for number in range(150)]
    assert sum(fields is not None for fields in admitted) == FREE.requests_per_hour
    assert asyncio.run(limits.of_caller(caller())).exceeded == ("hour",)
    assert limits.at_once(limits.held(caller(user=99, key=99))) is not None


def test_addresses_are_limited_through_redis_too(redis: RedisServer) -> None:
    async def run() -> None:
        one, other = RateLimits(2, redis.url), RateLimits(2, redis.url)
        policies = Policies(Policy("address", 5, 60))
        verdicts = [await limits.of_address(policies, "192.0.2.1") for limits in (one, other) * 5]
        assert sum(verdict.admitted for verdict in verdicts) == 5
        assert verdicts[-1].exceeded == ("address",)
        await one.close()
        await other.close()

    asyncio.run(run())


@pytest.mark.parametrize("url", ["http://127.0.0.1:6379", "redis+cluster://127.0.0.1:1", "redis://h:port/0"])
def test_a_url_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadInput, match="PAYBAND_REDIS_URL") as refused:
        SharedWindows(url)
    assert url not in str(refused.value)
