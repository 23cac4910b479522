"""The task queue: procrastinate's tables, and why attempts failed."""

from alembic import op

from kit.database import ADMIN, APPLICATION, WORKER
from migrations import task_queue
from migrations.rights import shared

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Whoever puts a job into the queue may name it, and neither read nor change any: not even its own.
DEFERRING = """
GRANT USAGE ON SCHEMA procrastinate TO {role};
GRANT INSERT (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at), SELECT (id)
    ON procrastinate.procrastinate_jobs TO {role};
GRANT INSERT (job_id, type, at) ON procrastinate.procrastinate_events TO {role};
GRANT USAGE ON SEQUENCE procrastinate.procrastinate_jobs_id_seq, procrastinate.procrastinate_events_id_seq TO {role};
GRANT EXECUTE ON FUNCTION procrastinate.procrastinate_defer_jobs_v1 TO {role};
"""
# Operators see everything, put parked jobs back and call jobs off.
WATCHING = """
GRANT SELECT ON ALL TABLES IN SCHEMA procrastinate TO {admin};
GRANT UPDATE (status, attempts, scheduled_at, priority, queue_name, lock, abort_requested)
    ON procrastinate.procrastinate_jobs TO {admin};
GRANT EXECUTE ON FUNCTION procrastinate.procrastinate_retry_job_v2, procrastinate.procrastinate_cancel_job_v1
    TO {admin};
"""
WORKING = """
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate.procrastinate_jobs, procrastinate.procrastinate_workers,
    procrastinate.procrastinate_periodic_defers TO {worker};
GRANT SELECT, INSERT ON procrastinate.procrastinate_events, procrastinate.failures TO {worker};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA procrastinate TO {worker};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA procrastinate TO {worker};
"""


def upgrade() -> None:
    task_queue.bring_up_to_date()
    op.execute(
        """
        CREATE TABLE procrastinate.failures (
            job_id bigint NOT NULL REFERENCES procrastinate.procrastinate_jobs ON DELETE CASCADE,
            attempt integer NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            kind text NOT NULL,
            reason text NOT NULL
        );
        CREATE INDEX failures_job_id_idx ON procrastinate.failures (job_id);
        """
    )
    for table in (
        "procrastinate_jobs",
        "procrastinate_events",
        "procrastinate_workers",
        "procrastinate_periodic_defers",
    ):
        shared(f"procrastinate.{table}", "jobs know ids alone, and the application cannot read them")
    shared("procrastinate.failures", "why attempts failed, in words without anything of a person")
    for role in (APPLICATION, WORKER, ADMIN):
        op.execute(DEFERRING.format(role=role))
    op.execute(WATCHING.format(admin=ADMIN))
    op.execute(WORKING.format(worker=WORKER))


def downgrade() -> None:
    op.execute("DROP SCHEMA procrastinate CASCADE")
