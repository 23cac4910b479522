"""The same windows in Redis, for any number of processes.

The library brings the connection and its own moving window. That takes one window at a time, so that a request which
the second refuses would have used up the first: here one script takes all or none, for every request that came while
the last round trip was under way.
"""

import asyncio
import time
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple, cast

import structlog
from limits.aio.storage import RedisStorage
from limits.aio.storage.redis.redispy import RedispyBridge
from limits.errors import ConfigurationError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from kit.errors import BadInput
from serving.limits.policies import Policy, Rate, Standing

SCRIPT = Path(__file__).with_name("moving_windows.lua")
PREFIX = "payband:limits"
SCHEMES = ("redis://", "rediss://", "redis+unix://")
ANSWER_S = 0.5  # Redis answers in a fraction of a millisecond, or is in trouble
PROBE_EVERY_S = 0.5
BATCH = 200
DOWN = (RedisError, OSError, TimeoutError)
PROBE = (("probe", Policy("probe", 1, 1)),)
MICROSECONDS = 1_000_000

log = structlog.get_logger(__name__)

Asked = Sequence[tuple[str, Policy]]


class _Waiting(NamedTuple):
    asked: Asked
    rate: "asyncio.Future[Rate]"


class SharedWindows:
    """Moving windows in Redis. `lost` counts how often it went away, `away` says whether it is."""

    def __init__(self, url: str) -> None:
        if not url.startswith(SCHEMES):
            raise BadInput(f"PAYBAND_REDIS_URL begins with {', '.join(SCHEMES)}")
        try:
            storage = RedisStorage(
                f"async+{url}",
                implementation="redispy",
                key_prefix=PREFIX,
                socket_timeout=ANSWER_S,
                socket_connect_timeout=ANSWER_S,
                retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]  # a second try would count twice
            )
        except (ConfigurationError, RedisError, ValueError):
            raise BadInput("PAYBAND_REDIS_URL is not one: expected redis://[user:password@]host:port/number") from None
        self._redis = cast("Redis", cast(RedispyBridge, storage.bridge).get_connection())
        self._script = self._redis.register_script(SCRIPT.read_text())
        self._waiting: list[_Waiting] = []
        self._sender: asyncio.Task[None] | None = None
        self._probe: asyncio.Task[None] | None = None
        self.away, self.lost = False, 0

    async def take(self, asked: Asked) -> Rate | None:
        """Admit one request under every policy, or under none. None while Redis is away: decide without it."""
        if self.away:
            return None
        try:
            return await self._ask(asked)
        except DOWN as error:
            self._lose(error)
            return None

    async def close(self) -> None:
        """End what is under way and close the connections."""
        for task in (self._probe, self._sender):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in (self._probe, self._sender) if task), return_exceptions=True)
        await self._redis.aclose()

    async def _ask(self, asked: Asked) -> Rate:
        waiting = _Waiting(asked, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return await waiting.rate

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                asked = [waiting.asked for waiting in batch]
                (outcome,) = await asyncio.gather(self._run(asked), return_exceptions=True)  # whatever it is, they wait
                _settle(batch, outcome)
        finally:
            self._sender = None

    async def _run(self, requests: Sequence[Asked]) -> list[Rate]:
        keys = [f"{PREFIX}:{subject}" for asked in requests for subject, _ in asked]
        arguments: list[int] = []
        for asked in requests:
            arguments.append(len(asked))
            for _, policy in asked:
                arguments += (policy.quota, policy.window_s * MICROSECONDS)
        answer = iter(await self._script(keys, arguments))
        return [_rate(answer, len(asked)) for asked in requests]

    def _lose(self, error: BaseException) -> None:
        if self.away:
            return
        self.away = True
        self.lost += 1
        log.warning("limits.redis_lost", times=self.lost, error=type(error).__name__)
        self._probe = asyncio.create_task(self._come_back())

    async def _come_back(self) -> None:
        since = time.monotonic()
        while self.away:
            await asyncio.sleep(PROBE_EVERY_S)
            try:
                await self._run([PROBE])  # writes: a replica that only reads is no way back
            except DOWN:
                continue
            self.away = False
        log.info("limits.redis_back", seconds=round(time.monotonic() - since, 1))


def _settle(batch: Sequence[_Waiting], outcome: list[Rate] | BaseException) -> None:
    for number, waiting in enumerate(batch):
        if waiting.rate.done():  # whoever asked has gone
            continue
        if isinstance(outcome, BaseException):
            waiting.rate.set_exception(outcome)
        else:
            waiting.rate.set_result(outcome[number])


def _rate(answer: Any, windows: int) -> Rate:
    retry = next(answer)
    standings: list[Standing] = [(next(answer), ceil(next(answer) / MICROSECONDS)) for _ in range(windows)]
    return Rate(retry == 0, retry / MICROSECONDS, standings)
