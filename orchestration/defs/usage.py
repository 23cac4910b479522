"""The API's requests in the warehouse, a partition a day (UTC); every night the day that is over.

Orchestration has no need of an application database: where none is configured there are no rows, and the run says so.
"""

import time
from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from kit.settings import DatabaseSettings, read
from orchestration.defs.ingestion import OWNERS, SINGLE_RUN, days, summary
from orchestration.defs.upkeep import NO_DATABASE
from orchestration.failures import verdicts
from orchestration.installation import Installation
from orchestration.usage import roll_up

USAGE = dg.AssetKey(["operator", "usage_requests"])
DAYS = dg.DailyPartitionsDefinition("2026-01-01", timezone="UTC", end_offset=1)  # today too, as far as it has come
NIGHT = "20 0 * * *"  # UTC: the records of the day before are all written

roll_up_job = dg.define_asset_job("roll_up_usage", dg.AssetSelection.assets(USAGE))


def usage_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """Requests by day."""

    @dg.asset(
        key=USAGE,
        partitions_def=DAYS,
        backfill_policy=SINGLE_RUN,
        group_name="operator",
        owners=OWNERS,
        kinds={"polars"},
        description="Requests to the API, by account number. For the operator: never in a release.",
    )
    def usage_requests(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        started = time.monotonic()
        urls = read(DatabaseSettings).urls()
        if urls is None:
            context.log.warning(NO_DATABASE)
            return dg.MaterializeResult(metadata=summary([], started, rows=0, why=NO_DATABASE))
        with verdicts():
            report = roll_up(installation.store, urls.worker, days(context))
        return dg.MaterializeResult(metadata=summary([report], started))

    yield usage_requests


@dg.schedule(job=roll_up_job, cron_schedule=NIGHT, default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_usage(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Yesterday, where there is an application database."""
    if read(DatabaseSettings).urls() is None:
        return dg.SkipReason(NO_DATABASE)
    return dg.RunRequest(partition_key=DAYS.get_partition_keys(context.scheduled_execution_time)[-2])


def usage_jobs() -> list[UnresolvedAssetJobDefinition]:
    return [roll_up_job]


def usage_schedules() -> list[dg.ScheduleDefinition]:
    return [nightly_usage]
