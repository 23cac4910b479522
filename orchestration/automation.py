"""What runs by itself: the jobs, the nightly schedule of live sources, and the sensor for new files.

Downstream of landing the assets carry automation conditions, so a new capture day flows on to a release without a job
of its own; the jobs are for people and for `payband run`.
"""

from collections.abc import Iterator

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from ingestion.freshness import is_live
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from orchestration.failures import NO_RUN_RETRY
from orchestration.fetching import fetcher
from orchestration.installation import Installation
from orchestration.partitions import add_days, days_of

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


def nightly(spec: SourceSpec) -> dg.ScheduleDefinition:
    """Ask a live source for today, every night."""

    @dg.schedule(name=f"nightly_{spec.name}", job_name=f"ingest_{spec.name}", cron_schedule=NIGHT)
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = context.scheduled_execution_time.date().isoformat()
        add_days(context.instance, spec.name, [day])
        return dg.RunRequest(run_key=f"{spec.name}/{day}", partition_key=day)

    return schedule


def new_days(installation: Installation, spec: SourceSpec) -> dg.SensorDefinition:
    """Notice capture days that a source which is not live now has and that no run has asked for: new files, mostly."""

    @dg.sensor(name=f"new_days_{spec.name}", job_name=f"ingest_{spec.name}", minimum_interval_seconds=LOOK_EVERY_S)
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        known = set(context.instance.get_dynamic_partitions(str(days_of(spec.name).name)))
        offered = connector(spec.connector).days(spec, fetcher(installation), None, None)
        fresh = sorted(day.isoformat() for day in offered if day.isoformat() not in known)
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=f"{spec.name}/{day}", partition_key=day) for day in fresh],
            dynamic_partitions_requests=[days_of(spec.name).build_add_request(fresh)] if fresh else [],
        )

    return sensor


def schedules(installation: Installation) -> list[dg.ScheduleDefinition]:
    return [nightly(spec) for spec in installation.active if is_live(spec)]


def sensors(installation: Installation) -> list[dg.SensorDefinition]:
    watch = [new_days(installation, spec) for spec in installation.active if not is_live(spec)]
    automation = dg.AutomationConditionSensorDefinition("automation", target=dg.AssetSelection.all())
    return [*watch, automation]
