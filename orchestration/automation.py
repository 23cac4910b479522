"""What runs by itself: the nightly schedules of live sources, the sensors for new days, and what follows from them.

Downstream of landing the assets carry automation conditions, so a new capture day flows on to a release without a job
of its own; the jobs are for people and for `payband run`.
"""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from ingestion import landed_pages
from ingestion.freshness import is_live
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from orchestration.failures import NO_RUN_RETRY
from orchestration.fetching import fetcher
from orchestration.installation import Installation
from orchestration.instance import UNDER_WAY
from orchestration.partitions import RANGE_END, RANGE_START, add_days, days_of, ranges

NIGHT = "15 3 * * *"  # UTC: when most boards are quiet
LOOK_EVERY_S = 300


def _assets(spec: SourceSpec, *layers: str) -> dg.AssetSelection:
    keys = {"landing": "pages", "canonical": "frames", "normalised": "frames"}
    return dg.AssetSelection.assets(*[[layer, spec.name, keys[layer]] for layer in layers])


def jobs(installation: Installation) -> Iterator[UnresolvedAssetJobDefinition]:
    """reference, ingest_<source>, replay_<source> (landing untouched, the network not needed), publish."""
    yield dg.define_asset_job("reference", selection=dg.AssetSelection.assets(["reference", "taxonomy"]))
    for spec in installation.active:
        parts = days_of(spec.name)
        everything = _assets(spec, "landing", "canonical", "normalised")
        replay = _assets(spec, "canonical", "normalised")
        yield dg.define_asset_job(f"ingest_{spec.name}", everything, partitions_def=parts, tags=NO_RUN_RETRY)
        yield dg.define_asset_job(f"replay_{spec.name}", replay, partitions_def=parts, tags=NO_RUN_RETRY)
    rest = dg.AssetSelection.groups("warehouse", "estimation", "marts", "release")
    yield dg.define_asset_job("publish", dg.AssetSelection.assets(["openings", "members"]) | rest, tags=NO_RUN_RETRY)


def nightly(installation: Installation, spec: SourceSpec) -> dg.ScheduleDefinition:
    """Ask a live source every night. A night that was slept through is gone, and is not asked for later."""

    @dg.schedule(
        name=f"nightly_{spec.name}",
        job_name=f"ingest_{spec.name}",
        cron_schedule=NIGHT,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Asks {spec.name} for today, and with it what follows, to a release.",
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
        night = context.scheduled_execution_time.date()
        if night != installation.today:
            return dg.SkipReason(f"{spec.name} can only be asked for today, and {night} is over")
        days = [day.isoformat() for day in connector(spec.connector).days(spec, fetcher(installation), None, None)]
        add_days(context.instance, spec.name, days)
        return [dg.RunRequest(run_key=f"{spec.name}/{night}/{day}", partition_key=day) for day in days]

    return schedule


def new_days(installation: Installation, spec: SourceSpec) -> dg.SensorDefinition:
    """Notice capture days that a source which is not live now has and that have not landed: new files, mostly."""
    job = f"ingest_{spec.name}"

    @dg.sensor(
        name=f"new_days_{spec.name}",
        job_name=job,
        minimum_interval_seconds=LOOK_EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Looks whether {spec.name} has capture days that have not landed.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        if context.instance.get_runs_count(dg.RunsFilter(job_name=job, statuses=UNDER_WAY)):
            return dg.SensorResult(skip_reason=dg.SkipReason(f"{job} is under way"))
        asked = _as_configured_now(installation, spec)
        offered = connector(asked.connector).days(asked, fetcher(installation), None, None)
        landed = {day for name, day in landed_pages.landed(installation.store) if name == spec.name}
        fresh = sorted({day.isoformat() for day in offered if day not in landed})
        if not fresh:
            return dg.SensorResult(skip_reason=dg.SkipReason(f"every capture day of {spec.name} has landed"))
        add_days(context.instance, spec.name, fresh)
        runs = [_range_run(spec, *span) for span in ranges(context.instance, spec.name, fresh)]
        return dg.SensorResult(run_requests=runs)

    return sensor


def _as_configured_now(installation: Installation, spec: SourceSpec) -> SourceSpec:
    """The source as its file says now: the process that looks lives for weeks, a run reads the file when it starts."""
    return {each.name: each for each in replace(installation).active}.get(spec.name, spec)


def _range_run(spec: SourceSpec, start: str, end: str) -> dg.RunRequest:
    """One run over neighbouring days. Its key keeps a range that failed from being asked for at every look."""
    return dg.RunRequest(run_key=f"{spec.name}/{start}..{end}", tags={RANGE_START: start, RANGE_END: end})


def schedules(installation: Installation) -> list[dg.ScheduleDefinition]:
    return [nightly(installation, spec) for spec in installation.active if is_live(spec)]


def sensors(installation: Installation) -> list[dg.SensorDefinition]:
    watch = [new_days(installation, spec) for spec in installation.active if not is_live(spec)]
    automation = dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Makes again what follows from what changed: see orchestration/conditions.py.",
    )
    return [*watch, automation]
