"""Keep a process's key ring up to date."""

import asyncio
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from accounts.context import Context
from kit.database import Database, Unavailable

EVERY_S = 5.0  # for keys that are added, which sign later, and for notices that were lost
AGAIN_S = 1.0  # while the database is away: nobody's token can be judged before the keys were read once

log = structlog.get_logger(__name__)


class SigningKeysFollower:
    """Reads the keys now and every few seconds, and when one is withdrawn; for the event loop that runs it.

    `asked` is set once the database was asked for the first time, whether or not it answered.
    """

    def __init__(self, context: Context, database: Database) -> None:
        self._context, self._database = context, database
        self._changed, self.asked = asyncio.Event(), asyncio.Event()

    def hear(self, subject: str) -> None:
        """A notice of the database: what has changed, as accounts.identities.prover.subjects names it."""
        if subject.startswith("signing_key:"):
            self._changed.set()

    async def run(self) -> None:
        """Follow for ever; while the database is away those that are known count."""
        away = False
        while True:
            self._changed.clear()
            try:
                await self._read()
                away = False
            except (Unavailable, SQLAlchemyError) as error:
                if not away:
                    log.warning("signing_keys.not_read", reason=type(error).__name__)
                away = True
            self.asked.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S if away else EVERY_S):
                    await self._changed.wait()

    async def _read(self) -> None:
        async with self._database.transaction() as session:
            await self._context.keyring.ready(session)
            await self._context.keyring.load(session)
