"""Tasks that tests have done: each writes into the table `told`, which a test makes."""

import asyncio
import uuid

from sqlalchemy import text

from accounts.jobs.registry import Task
from accounts.jobs.work import Work
from kit.errors import Permanent, Retriable

ADDRESS = "ann@example.org"
HERE = "tests.accounts.job_tasks"
TASKS = {
    "told.once": Task(f"{HERE}:tell"),
    "told.urgent": Task(f"{HERE}:tell", priority=5),
    "told.slowly": Task(f"{HERE}:tell_slowly"),
    "fail.later": Task(f"{HERE}:fail_for_now", attempts=2),
    "fail.good": Task(f"{HERE}:fail_for_good"),
    "fail.odd": Task(f"{HERE}:fail_oddly"),
    "upkeep": Task("accounts.jobs.upkeep:retry_stalled"),
}


async def tell(work: Work, what: int) -> None:
    async with work.database.transaction() as session:
        await session.execute(text("INSERT INTO told VALUES (:what)"), {"what": what})


async def tell_slowly(work: Work, what: int) -> None:
    await tell(work, -what)
    await asyncio.sleep(0.6)
    await tell(work, what)


async def fail_for_now(_work: Work) -> None:
    raise Retriable("the peer is away", retry_after_s=120)


async def fail_for_good(_work: Work, who: uuid.UUID) -> None:
    raise Permanent(f"{who} is not there")


async def fail_oddly(_work: Work) -> None:
    raise LookupError(ADDRESS)
