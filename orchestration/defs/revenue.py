"""What was sold, in the warehouse, every night: the frames, and then the operator's marts that dbt makes of them."""

import time
from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from kit.settings import DatabaseSettings, read
from orchestration.conditions import SOLD
from orchestration.defs.ingestion import OWNERS, summary
from orchestration.defs.upkeep import NO_DATABASE
from orchestration.failures import verdicts
from orchestration.installation import Installation
from orchestration.revenue import read_revenue

NIGHT = "40 4 * * *"  # UTC

revenue_job = dg.define_asset_job("measure_revenue", dg.AssetSelection.assets(SOLD).downstream())


def revenue_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """The frames; the marts are among dbt's."""

    @dg.asset(
        key=SOLD,
        group_name="operator",
        owners=OWNERS,
        kinds={"polars"},
        description="Invoices, payments and customers, by account number. For the operator: never in a release.",
    )
    def sold(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        started = time.monotonic()
        urls = read(DatabaseSettings).urls()
        if urls is None:
            context.log.warning(NO_DATABASE)
            return dg.MaterializeResult(metadata=summary([], started, why=NO_DATABASE))
        with verdicts(), installation.store.writing(wait_s=600):
            rows = read_revenue(installation.store, urls.worker)
        return dg.MaterializeResult(metadata=summary([], started, **rows))

    yield sold


@dg.schedule(job=revenue_job, cron_schedule=NIGHT, default_status=dg.DefaultScheduleStatus.RUNNING)
def nightly_revenue(_context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Every night, where there is an application database."""
    return dg.SkipReason(NO_DATABASE) if read(DatabaseSettings).urls() is None else dg.RunRequest()


def revenue_jobs() -> list[UnresolvedAssetJobDefinition]:
    return [revenue_job]


def revenue_schedules() -> list[dg.ScheduleDefinition]:
    return [nightly_revenue]
