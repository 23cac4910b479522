"""What command-line programs ask of the queue; `url` is an operator's role."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.jobs import service
from accounts.jobs.models import Job
from accounts.programs import in_transaction


def find_jobs(url: str, state: str | None, task: str | None, most: int) -> tuple[list[Job], dict[str, int]]:
    """Jobs, newest first, and how many there are of each state. Raises BadInput for an unknown state."""

    async def work(session: AsyncSession) -> tuple[list[Job], dict[str, int]]:
        return await service.find(session, state, task, most), await service.count(session)

    return in_transaction(url, work)


def get_job(url: str, job_id: int) -> Job:
    """One job. Raises BadInput when there is none such."""
    return in_transaction(url, _on(service.get, job_id))


def retry_jobs(url: str, job_ids: tuple[int, ...], task: str | None, parked: bool) -> list[int]:
    """Have jobs done again: the named ones, or every parked one (of one task); returns the numbers they have now.

    All of them or none. Raises BadInput for one that waits or runs.
    """

    async def work(session: AsyncSession) -> list[int]:
        found = await service.find(session, "parked", task, 1_000_000) if parked else []
        return [await service.retry(session, number) for number in (*job_ids, *(job.id for job in found))]

    return in_transaction(url, work)


def cancel_job(url: str, job_id: int) -> Job:
    """Call a job off; returns it as it was. Raises BadInput for one that ended."""
    return in_transaction(url, _on(service.cancel, job_id))


def defer_now(url: str, task: str) -> int | None:
    """Queue a task that takes no ids; None when one waits already."""

    async def work(session: AsyncSession) -> int | None:
        return await service.defer(session, task, one_at_a_time=task)

    return in_transaction(url, work)


def _on(act: Callable[[AsyncSession, int], Awaitable[Job]], job_id: int) -> Callable[[AsyncSession], Any]:
    return lambda session: act(session, job_id)
