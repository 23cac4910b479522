"""Collects records of usage and writes them down in batches, so that no request waits for it.

A batch keeps its number until it is written, and one that was written already is not written again: while the database
is away batches wait, and a commit that nobody heard of counts once. What a clean stop finds is written before it ends;
a killed process loses what is younger than its last write, half a second or so.
"""

import asyncio
import time
import uuid
from collections import deque
from contextlib import suppress

import structlog
from sqlalchemy.exc import DataError, DBAPIError

from accounts.identity import Caller
from accounts.usage import repository
from accounts.usage.repository import Used
from kit.database import Database, Unavailable

EVERY_S = 0.4
BATCH = 10_000  # in one transaction; to make it ready takes some milliseconds
MOST = 50_000  # about 20 MB; more is dropped, counted and told

log = structlog.get_logger(__name__)


class UsageCollector:
    """One for each process, used on its event loop."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database, self._most = database, most
        self._new: list[Used] = []
        self._batches: deque[tuple[uuid.UUID, list[Used]]] = deque()
        self._waiting = 0  # in batches
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.dropped, self._told = 0, 0

    def add(
        self,
        caller: Caller,
        endpoint: str,
        method: str,
        status: int,
        milliseconds: float,
        size: int,
        request_id: str,
        release: str | None,
        at: float | None = None,
    ) -> None:
        """Keep a record until it is written. `size` is in bytes, `at` in seconds of the epoch: now, if not told."""
        if len(self._new) + self._waiting >= self._most:
            self.dropped += 1
            return
        moment = time.time() if at is None else at
        user, key = caller.names
        self._new.append((user, endpoint, key, method, status, milliseconds, size, request_id, release, moment))

    def start(self) -> None:
        """Write from now on, every EVERY_S."""
        self._task = asyncio.create_task(self._go_on())

    async def flush(self) -> bool:
        """Write what there is; False when the database does not answer, and what is not written waits."""
        async with self._writing:
            self._cut()
            while self._batches:
                if not await self._write(*self._batches[0]):
                    return False
                _, written = self._batches.popleft()
                self._waiting -= len(written)
        return True

    async def close(self) -> None:
        """Write what is left, and tell what cannot be."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if not await self.flush():
            log.error("usage.lost", records=self._waiting)

    def told(self) -> dict[str, int]:
        """What operators see: records that wait, and how many were dropped since the start."""
        return {"waiting": len(self._new) + self._waiting, "dropped": self.dropped}

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()
            if self.dropped > self._told:
                log.error("usage.dropped", records=self.dropped - self._told)
                self._told = self.dropped

    def _cut(self) -> None:
        new, self._new = self._new, []
        for start in range(0, len(new), BATCH):
            self._batches.append((uuid.uuid4(), new[start : start + BATCH]))
        self._waiting += len(new)

    async def _write(self, batch: uuid.UUID, used: list[Used]) -> bool:
        try:
            async with self._database.transaction() as session:
                await repository.write(session, batch, used)
        except DataError:  # it would be refused for ever, and hold up all that come after it
            self.dropped += len(used)
            log.exception("usage.refused", records=len(used))
        except (DBAPIError, Unavailable) as error:
            log.warning("usage.not_written", records=len(used), error=type(error).__name__)
            return False
        return True
