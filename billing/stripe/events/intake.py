"""Events that arrive together are kept together: one transaction for all that came while the one before was written.

To queue a job takes a lock of the whole database's until its transaction is on disk, so that many small transactions
would wait for each other. Nobody waits here for others to come: what arrives alone is written at once, and nothing is
answered before it is.
"""

import asyncio

import structlog

from accounts.context import Context
from billing.stripe.events import service
from billing.stripe.events.service import Event
from kit.database import Database

MOST = 200  # in one transaction

log = structlog.get_logger(__name__)


class Intake:
    """One for each process, on its event loop."""

    def __init__(self, database: Database, context: Context) -> None:
        self._database, self._context = database, context
        self._waiting: list[tuple[Event, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, event: Event) -> bool:
        """Keep an event; whether it is new, once that is certain. Raises Unavailable."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await kept

    async def _write(self) -> None:
        while self._waiting:
            now, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            outcomes: list[bool] | Exception
            try:
                async with self._database.transaction() as session:
                    outcomes = await service.receive(session, self._context, [event for event, _ in now])
            except Exception as error:  # noqa: BLE001  whoever waits is told
                outcomes = error
            else:
                log.info("stripe_events.received", count=len(now), new=sum(outcomes))
            for number, (_, kept) in enumerate(now):
                if kept.done():  # who sent it went away meanwhile
                    continue
                if isinstance(outcomes, Exception):
                    kept.set_exception(outcomes)
                else:
                    kept.set_result(outcomes[number])
