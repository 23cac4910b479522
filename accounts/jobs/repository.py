"""Queries over procrastinate's tables, which live in a schema of their own."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.jobs.models import STATES, Failure, Job

QUEUE = "payband"
WAITING_ALREADY = "procrastinate_jobs_queueing_lock_idx_v1"  # the index that one_at_a_time rests on

_INSERT = text(
    """
    SELECT unnest(procrastinate.procrastinate_defer_jobs_v1(ARRAY[ROW(
        :queue, :task, :priority, :lock, :one_at_a_time, CAST(:arguments AS jsonb), CAST(:due_at AS timestamptz)
    )::procrastinate.procrastinate_job_to_defer_v1]))
    """
)
_INSERT_ALL = text(
    """
    SELECT procrastinate.procrastinate_defer_jobs_v1(array_agg(ROW(
        :queue, :task, CAST(:priority AS integer), wanted.told->>0, NULL, wanted.told->1, NULL
    )::procrastinate.procrastinate_job_to_defer_v1 ORDER BY wanted.number))
    FROM jsonb_array_elements(CAST(:wanted AS jsonb)) WITH ORDINALITY AS wanted (told, number)
    """
)
_JOBS = """
    SELECT job.id, job.task_name, job.status::text AS status, job.attempts, job.args, job.scheduled_at,
        past.deferred_at, past.changed_at, past.failures
    FROM procrastinate.procrastinate_jobs AS job
    CROSS JOIN LATERAL (
        SELECT min(at) FILTER (WHERE type = 'deferred') AS deferred_at,
            max(at) FILTER (WHERE type <> 'scheduled') AS changed_at,
            (SELECT json_agg(json_build_array(attempt, at, kind, reason) ORDER BY at)
               FROM procrastinate.failures WHERE job_id = job.id) AS failures
        FROM procrastinate.procrastinate_events WHERE job_id = job.id
    ) AS past
"""
_LIST = text(
    _JOBS
    + """
    WHERE (CAST(:status AS text) IS NULL OR job.status::text = :status)
      AND (CAST(:task AS text) IS NULL OR job.task_name = :task)
    ORDER BY job.id DESC LIMIT :most
    """
)
_ONE = text(_JOBS + "WHERE job.id = :id")
_LOCK = text("SELECT lock FROM procrastinate.procrastinate_jobs WHERE id = :id")
_COUNT = text("SELECT status::text, count(*) FROM procrastinate.procrastinate_jobs GROUP BY status")
_RETRY = text("SELECT procrastinate.procrastinate_retry_job_v2(:id, NULL, NULL, NULL, NULL)")
_CANCEL = text("SELECT procrastinate.procrastinate_cancel_job_v1(:id, :abort, false)")


async def insert(
    session: AsyncSession,
    task: str,
    arguments: Mapping[str, Any],
    *,
    priority: int,
    lock: str | None = None,
    one_at_a_time: str | None = None,
    due_at: datetime | None = None,
) -> int | None:
    """Put a job into the queue; None when one with the same `one_at_a_time` waits there already."""
    values = {"queue": QUEUE, "task": task, "priority": priority, "lock": lock, "one_at_a_time": one_at_a_time}
    values |= {"arguments": json.dumps(dict(arguments)), "due_at": due_at}
    if one_at_a_time is None:
        return int((await session.execute(_INSERT, values)).scalar_one())
    try:
        async with session.begin_nested():
            return int((await session.execute(_INSERT, values)).scalar_one())
    except IntegrityError as error:
        if WAITING_ALREADY in str(error.orig):
            return None
        raise


async def insert_all(
    session: AsyncSession, task: str, wanted: Sequence[tuple[str | None, Mapping[str, Any]]], *, priority: int
) -> None:
    """Put many jobs of one task into the queue, in this order: of each its lock and its arguments."""
    told = json.dumps([(lock, dict(arguments)) for lock, arguments in wanted])
    await session.execute(_INSERT_ALL, {"queue": QUEUE, "task": task, "priority": priority, "wanted": told})


async def find(session: AsyncSession, status: str | None, task: str | None, most: int) -> list[Job]:
    """Jobs in one of procrastinate's states, or in any; newest first."""
    return [_job(row) for row in await session.execute(_LIST, {"status": status, "task": task, "most": most})]


async def get(session: AsyncSession, job_id: int) -> Job | None:
    """The job with this number."""
    row = (await session.execute(_ONE, {"id": job_id})).one_or_none()
    return None if row is None else _job(row)


async def lock_of(session: AsyncSession, job_id: int) -> str | None:
    """What the job shares with those that may not run beside it."""
    lock: str | None = await session.scalar(_LOCK, {"id": job_id})
    return lock


async def count(session: AsyncSession) -> dict[str, int]:
    """How many jobs are in which of procrastinate's states."""
    return {row[0]: row[1] for row in await session.execute(_COUNT)}


async def retry(session: AsyncSession, job_id: int) -> None:
    """Put a failed job back into the queue."""
    await session.execute(_RETRY, {"id": job_id})


async def cancel(session: AsyncSession, job_id: int, abort: bool) -> None:
    """Take a waiting job out of the queue; with `abort`, ask a running one to end."""
    await session.execute(_CANCEL, {"id": job_id, "abort": abort})


def _job(row: Row[Any]) -> Job:
    failures = [
        Failure(attempt, datetime.fromisoformat(at), kind, reason) for attempt, at, kind, reason in row.failures or ()
    ]
    return Job(
        id=row.id,
        task=row.task_name,
        state=STATES.get(row.status, row.status),
        attempts=row.attempts,
        arguments=row.args,
        deferred_at=row.deferred_at,
        changed_at=row.changed_at,
        due_at=row.scheduled_at if row.status == "todo" else None,
        failures=tuple(failures),
    )
