"""The task queue on a real PostgreSQL, with each role's own rights."""

import logging
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import jobs
from accounts.jobs import repository, service
from kit.errors import BadInput, Permanent
from kit.postgres import Server
from tests.accounts.job_tasks import ADDRESS
from tests.accounts.queueing import act, do_what_is_due, put, queue, seen, told

__all__ = ["queue"]


def test_a_job_is_queued_with_its_transaction_or_not_at_all(queue: Server) -> None:
    async def half(session: AsyncSession) -> None:
        await jobs.defer(session, "told.once", what=1)
        raise Permanent("no")

    with pytest.raises(Permanent):
        act(queue.urls.application, half)
    number = put(queue, "told.once", what=2)
    do_what_is_due(queue)
    assert told(queue) == [2]
    job = seen(queue, number)
    assert (job.state, job.attempts, job.arguments, job.failures) == ("done", 1, {"what": 2}, ())


def test_arguments_are_ids_alone(queue: Server) -> None:
    for value in (ADDRESS, 1.5, None, True, {"to": ADDRESS}):
        with pytest.raises(TypeError, match="ids alone") as raised:
            put(queue, "told.once", what=value)
        assert ADDRESS not in str(raised.value)
    with pytest.raises(KeyError):
        put(queue, "no.such")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT args FROM procrastinate.procrastinate_jobs",
        "UPDATE procrastinate.procrastinate_jobs SET priority = 9",
        "DELETE FROM procrastinate.procrastinate_jobs",
        "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, status) VALUES ('q', 'x', 'failed')",
        "SELECT * FROM procrastinate.failures",
        "SELECT procrastinate.procrastinate_retry_job_v2(1, NULL, NULL, NULL, NULL)",
        "SELECT procrastinate.procrastinate_cancel_job_v1(1, true, true)",
        "SELECT procrastinate.procrastinate_fetch_job_v2(NULL, 1)",
        "SELECT procrastinate.procrastinate_finish_job_v1(1, 'failed', true)",
        "INSERT INTO procrastinate.procrastinate_workers DEFAULT VALUES",
    ],
)
def test_the_application_may_enqueue_and_nothing_else(queue: Server, statement: str) -> None:
    put(queue, "told.once", what=1)
    with pytest.raises(ProgrammingError, match="permission denied"):
        act(queue.urls.application, lambda session: session.execute(text(statement)))


def test_an_operator_replays_but_takes_no_jobs(queue: Server) -> None:
    for statement in (
        "SELECT procrastinate.procrastinate_fetch_job_v2(NULL, 1)",
        "DELETE FROM procrastinate.procrastinate_jobs",
        "UPDATE procrastinate.procrastinate_jobs SET args = '{}'",
        "DELETE FROM procrastinate.procrastinate_events",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"):
            act(queue.urls.admin, lambda session, told=statement: session.execute(text(told)))


def test_the_urgent_come_first_and_a_lock_keeps_the_order(queue: Server) -> None:
    for what in (1, 2):
        put(queue, "told.once", what=what, lock="one")
    put(queue, "told.urgent", what=3)
    do_what_is_due(queue)
    assert told(queue) == [3, 1, 2]


def test_what_waits_already_is_not_queued_twice(queue: Server) -> None:
    async def twice(session: AsyncSession) -> list[int | None]:
        first = await jobs.defer(session, "told.once", what=1, one_at_a_time="a")
        second = await jobs.defer(session, "told.once", what=2, one_at_a_time="a")
        return [first, second, await jobs.defer(session, "told.once", what=3)]  # the transaction is as good as before

    first, second, third = act(queue.urls.application, twice)
    assert second is None
    assert None not in (first, third)
    do_what_is_due(queue)
    assert put(queue, "told.once", what=4, one_at_a_time="a") is not None


def test_a_job_for_later_waits(queue: Server) -> None:
    number = put(queue, "told.once", what=1, due_at=datetime.now(UTC) + timedelta(hours=1))
    do_what_is_due(queue)
    assert seen(queue, number).state == "waiting"
    assert told(queue) == []


def test_what_may_pass_is_tried_again_and_parked_when_it_keeps_failing(queue: Server) -> None:
    number = put(queue, "fail.later")
    do_what_is_due(queue)
    job = seen(queue, number)
    assert (job.state, job.attempts) == ("waiting", 1)
    assert job.due_at is not None
    assert job.due_at - datetime.now(UTC) > timedelta(seconds=100)  # the peer said 120
    with psycopg.connect(queue.urls.owner) as connection:
        connection.execute("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = now()")
    do_what_is_due(queue)
    job = seen(queue, number)
    assert (job.state, job.attempts) == ("parked", 2)
    assert [(failure.attempt, failure.kind, failure.reason) for failure in job.failures] == [
        (1, "Retriable", "the peer is away"),
        (2, "Retriable", "the peer is away"),
    ]


def test_what_fails_for_good_is_parked_and_can_be_replayed(queue: Server) -> None:
    who = uuid.uuid4()
    number = put(queue, "fail.good", who=who)
    do_what_is_due(queue)
    job = seen(queue, number)
    assert (job.state, job.failures[0].reason) == ("parked", f"{who} is not there")
    assert act(queue.urls.admin, lambda session: service.retry(session, job.id)) == number
    assert seen(queue, number).state == "waiting"
    with pytest.raises(BadInput, match="is waiting"):
        act(queue.urls.admin, lambda session: service.retry(session, job.id))


def test_anothers_words_are_kept_neither_in_the_reason_nor_in_the_log(
    queue: Server, caplog: pytest.LogCaptureFixture
) -> None:
    number = put(queue, "fail.odd")
    with caplog.at_level(logging.INFO):
        do_what_is_due(queue)
    job = seen(queue, number)
    assert job.state == "parked"
    assert job.failures[0].reason.startswith("LookupError at ")
    assert ADDRESS not in job.failures[0].reason + caplog.text
    assert "fail_oddly" in caplog.text  # the way there is told


def test_what_is_queued_anew_keeps_its_lock(queue: Server) -> None:
    number = put(queue, "told.once", what=1, lock="one")
    do_what_is_due(queue)
    again = act(queue.urls.admin, lambda session: service.retry(session, number or 0))
    assert again != number
    assert act(queue.urls.admin, lambda session: repository.lock_of(session, again)) == "one"


def test_what_ended_is_queued_anew_and_what_waits_is_called_off(queue: Server) -> None:
    number = put(queue, "told.once", what=1)
    do_what_is_due(queue)
    again = act(queue.urls.admin, lambda session: service.retry(session, number or 0))
    assert again != number
    assert act(queue.urls.admin, lambda session: service.cancel(session, again)).state == "waiting"
    do_what_is_due(queue)
    assert told(queue) == [1]
    assert seen(queue, again).state == "cancelled"
    with pytest.raises(BadInput, match="nothing to cancel"):
        act(queue.urls.admin, lambda session: service.cancel(session, again))
    counts = act(queue.urls.admin, service.count)
    assert (counts["done"], counts["cancelled"], counts["waiting"]) == (1, 1, 0)
