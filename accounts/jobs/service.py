"""What can be done with jobs: deferred by whoever is in a transaction; seen, replayed and cancelled by operators."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.jobs import repository
from accounts.jobs.models import STATES, Job, as_text
from accounts.jobs.registry import TASKS
from kit.errors import BadInput

ENDED = ("done", "cancelled", "aborted")


async def defer(
    session: AsyncSession,
    task: str,
    *,
    lock: str | None = None,
    one_at_a_time: str | None = None,
    due_at: datetime | None = None,
    **ids: uuid.UUID | int,
) -> int | None:
    """Have a task done once this transaction is committed; returns the job's number.

    Two jobs with the same `lock` never run at the same time, and those of one priority run in the order in which they
    came. While a job with the same `one_at_a_time` waits, no other is queued: then the answer is None. Both must hold
    nothing of a person.
    Raises TypeError for an argument that is no id: what a job needs to know it reads from the database.
    """
    for name, value in ids.items():
        if isinstance(value, bool) or not isinstance(value, uuid.UUID | int):
            raise TypeError(f"jobs take ids alone; {name} of {task} is none")
    arguments = {name: as_text(value) for name, value in ids.items()}
    priority = TASKS[task].priority
    return await repository.insert(
        session, task, arguments, priority=priority, lock=lock, one_at_a_time=one_at_a_time, due_at=due_at
    )


async def defer_all(
    session: AsyncSession, task: str, wanted: Sequence[tuple[str | None, Mapping[str, uuid.UUID | int]]]
) -> None:
    """The same for many at once: of each its lock and its ids."""
    told = [(lock, {name: as_text(value) for name, value in ids.items()}) for lock, ids in wanted]
    await repository.insert_all(session, task, told, priority=TASKS[task].priority)


async def find(session: AsyncSession, state: str | None, task: str | None, most: int) -> list[Job]:
    """Jobs, newest first. Raises BadInput for an unknown state."""
    statuses = {ours: theirs for theirs, ours in STATES.items()}
    if state is not None and state not in statuses:
        raise BadInput(f"there is no state {state}; there are {', '.join(statuses)}")
    return await repository.find(session, statuses.get(state or ""), task, most)


async def count(session: AsyncSession) -> dict[str, int]:
    """How many jobs are in each state."""
    found = await repository.count(session)
    return {ours: found.get(theirs, 0) for theirs, ours in STATES.items()}


async def get(session: AsyncSession, job_id: int) -> Job:
    """One job with its failures. Raises BadInput when there is none such."""
    job = await repository.get(session, job_id)
    if job is None:
        raise BadInput(f"there is no job {job_id}: it never was, or it ended long ago and is gone")
    return job


async def retry(session: AsyncSession, job_id: int) -> int:
    """Have a job done again, and return its number: a parked one goes on, one that ended is queued as a new one.

    Raises BadInput for a job that waits or runs.
    """
    job = await get(session, job_id)
    if job.state == "parked":
        await repository.retry(session, job_id)
        return job_id
    if job.state not in ENDED:
        raise BadInput(f"job {job_id} is {job.state}: it will be done without being told again")
    task = TASKS.get(job.task)
    priority, lock = task.priority if task else 0, await repository.lock_of(session, job_id)
    again = await repository.insert(session, job.task, job.arguments, priority=priority, lock=lock)
    assert again is not None  # noqa: S101  only jobs that wait for others of their kind are not queued
    return again


async def cancel(session: AsyncSession, job_id: int) -> Job:
    """Take a waiting job out of the queue, or ask a running one to end; returns it as it was.

    Raises BadInput for a job that ended.
    """
    job = await get(session, job_id)
    if job.state not in ("waiting", "running"):
        raise BadInput(f"job {job_id} is {job.state}: there is nothing to cancel")
    await repository.cancel(session, job_id, abort=job.state == "running")
    return job
