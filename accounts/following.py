"""Keep what a process remembers of the database up to date."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from kit.database import Database, Unavailable

EVERY_S = 5.0  # for what no notice tells of, and for notices that were lost
AGAIN_S = 1.0  # while the database is away: there may be things that were not read once

log = structlog.get_logger(__name__)


class Follower:
    """Reads now, every few seconds, and when a notice begins with `subject`; for the event loop that runs it.

    `asked` is set once the database was asked for the first time, whether or not it answered.
    """

    def __init__(self, database: Database, subject: str, read: Callable[[AsyncSession], Awaitable[object]]) -> None:
        self._database, self._subject, self._read = database, subject, read
        self._changed, self.asked = asyncio.Event(), asyncio.Event()

    def hear(self, subject: str) -> None:
        """A notice of the database: what has changed, as accounts.identities.prover.subjects names it."""
        if subject.startswith(self._subject):
            self._changed.set()

    async def run(self) -> None:
        """Follow for ever; while the database is away what is known counts."""
        away = False
        while True:
            self._changed.clear()
            try:
                async with self._database.transaction() as session:
                    await self._read(session)
                away = False
            except (Unavailable, SQLAlchemyError) as error:
                if not away:
                    log.warning("notices.not_followed", subject=self._subject, reason=type(error).__name__)
                away = True
            self.asked.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S if away else EVERY_S):
                    await self._changed.wait()
