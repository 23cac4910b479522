"""Do jobs until told to stop, through whatever the database does meanwhile."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from procrastinate.exceptions import ConnectorException

from accounts.context import Context
from accounts.jobs.app import make_app, note_failures
from accounts.jobs.registry import TASKS, Task
from accounts.jobs.repository import QUEUE
from accounts.jobs.upkeep import DEAD_AFTER_S
from accounts.jobs.words import WithoutTheirWords
from kit.database import Database

AGAIN_AFTER_S = 1.0
WORDS = WithoutTheirWords()  # added again, the same filter stays one

log = logging.getLogger(__name__)


async def work(
    url: str,
    context: Context,
    stopping: asyncio.Event,
    *,
    concurrency: int = 4,
    grace_s: float = 30.0,
    once: bool = False,
    tasks: Mapping[str, Task] = TASKS,
) -> None:
    """Do jobs as the role of `url`. Once `stopping` is set no job is begun, and those that run have `grace_s` to end.

    What does not end in time, and what a killed worker leaves, is done again. With `once` it is over when none is due;
    then they are done one after the other, because one may wait for the lock of another.
    """
    concurrency = 1 if once else concurrency
    database = Database(url, pool_size=concurrency)
    logging.getLogger("procrastinate.worker").addFilter(WORDS)
    try:
        while not stopping.is_set():
            try:
                await _until_stopped(url, database, context, stopping, concurrency, grace_s, once, tasks)
            except (ConnectorException, OSError) as error:
                log.warning("worker.database_lost: %s", type(error).__name__)
            if once:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), AGAIN_AFTER_S)
    finally:
        await database.close()


async def _until_stopped(
    url: str,
    database: Database,
    context: Context,
    stopping: asyncio.Event,
    concurrency: int,
    grace_s: float,
    once: bool,
    tasks: Mapping[str, Task],
) -> None:
    """One life of procrastinate's worker; it also ends when one of its connections is lost."""
    app = make_app(url, database, context, tasks)
    async with app.open_async():
        working = asyncio.create_task(
            app.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                wait=not once,
                shutdown_graceful_timeout=grace_s,
                stalled_worker_timeout=DEAD_AFTER_S,
                worker_middleware=[note_failures],
                install_signal_handlers=False,
            )
        )
        asked = asyncio.create_task(stopping.wait())
        await asyncio.wait({working, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            working.cancel()  # which it takes as: end what runs, begin nothing
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await working
