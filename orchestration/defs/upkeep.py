"""What keeps the application database as its retention periods say: a nightly schedule that has the worker do it.

The pipeline knows the name of the task and nothing else of accounts: what is forgotten when is their matter.
"""

import dagster as dg

from kit.settings import DatabaseSettings, read

TASK = "privacy.retain"
NIGHT = "45 3 * * *"  # UTC
NO_DATABASE = "no application database is configured for this process: `payband up` does, or PAYBAND_DATABASE_URL"


@dg.op(description="Queues the task that forgets what is older than its retention period; `payband worker` does it.")
def defer_retention(context: dg.OpExecutionContext) -> None:
    """Queue it, unless it waits there already."""
    from accounts.jobs.programs import defer_now

    urls = read(DatabaseSettings).urls()
    if urls is None:
        raise dg.Failure(NO_DATABASE, allow_retries=False)
    number = defer_now(urls.worker, TASK)
    told = "waits already" if number is None else f"is job {number}: `payband jobs show {number}`"
    context.log.info(f"{TASK} {told}")


@dg.job(description="Applies the retention periods (PAYBAND_AUDIT_KEPT_DAYS and so on).")
def retention() -> None:
    """One step: the work is the worker's."""
    defer_retention()


@dg.schedule(job=retention, cron_schedule=NIGHT, default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_retention(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every night, where there is an application database."""
    return dg.SkipReason(NO_DATABASE) if read(DatabaseSettings).urls() is None else dg.RunRequest()


def upkeep_jobs() -> list[dg.JobDefinition]:
    return [retention]


def upkeep_schedules() -> list[dg.ScheduleDefinition]:
    return [nightly_retention]
