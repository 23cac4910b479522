"""Procrastinate's application: every task of the registry, on the application database."""

import logging
import pkgutil
from collections.abc import Mapping
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker
from psycopg.conninfo import make_conninfo

from accounts.context import Context
from accounts.jobs.models import as_id
from accounts.jobs.registry import Task
from accounts.jobs.repository import QUEUE
from accounts.jobs.retrying import BackOff
from accounts.jobs.words import reason_of
from accounts.jobs.work import Work
from accounts.mail.outbox import outbox_of
from kit.database import Database, driver_url

SCHEMA = "procrastinate"
NOTE = """
    INSERT INTO failures (job_id, attempt, kind, reason) VALUES (%(job_id)s, %(attempt)s, %(kind)s, %(reason)s)
"""

log = logging.getLogger(__name__)


def make_app(url: str, database: Database, context: Context, tasks: Mapping[str, Task]) -> App:
    """The application of one worker; `url` and `database` are the worker's role."""
    plain = driver_url(url, "psycopg").set(drivername="postgresql").render_as_string(hide_password=False)
    conninfo = make_conninfo(plain, options=f"-c search_path={SCHEMA}", connect_timeout=5)
    app = App(connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=3, timeout=5))
    work = Work(database, context, outbox_of(context.settings), app.job_manager)
    for name, task in tasks.items():
        _add(app, name, task, work)
    return app


def _add(app: App, name: str, task: Task, work: Work) -> None:
    function = pkgutil.resolve_name(task.function)

    async def run(context: JobContext, timestamp: int = 0, **ids: Any) -> None:
        await function(work, **{key: as_id(value) for key, value in ids.items()})

    # A periodic task that still waits when its time comes again need not wait twice.
    waiting = name if task.every else None
    register = app.task(
        name=name,
        queue=QUEUE,
        pass_context=True,
        priority=task.priority,
        retry=BackOff(task.attempts),
        queueing_lock=waiting,
    )
    made = register(run)
    if task.every:
        app.periodic(cron=task.every)(made)


async def note_failures(call_next: AsyncCallNext, context: JobContext, _worker: Worker) -> Any:
    """Around every job: keep why an attempt failed, in words without anything of a person."""
    try:
        return await call_next()
    except BaseException as error:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            raise JobAborted from None
        if isinstance(error, Exception):
            await _note(context, error)
        raise


async def _note(context: JobContext, error: Exception) -> None:
    values = {"job_id": context.job.id, "attempt": context.job.attempts + 1, "kind": type(error).__name__}
    try:
        await context.app.connector.execute_query_async(NOTE, reason=reason_of(error), **values)
    except ConnectorException:
        log.warning("job_failure.not_noted: the database does not answer", extra={"job_id": context.job.id})
