"""The one Dagster instance of a store: `payband run`, the daemon and Dagster's pages all share it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from orchestration.event_log import BATCH, EventLog
from orchestration.installation import Installation

SETTINGS = {
    "telemetry": {"enabled": False},
    # One writer a store: queued runs wait for each other, and a source is asked by one run at a time.
    "concurrency": {"runs": {"max_concurrent_runs": 1}, "pools": {"default_limit": 1}},
    # A worker of the daemon's that was killed gives its pool's slot back by nobody else.
    "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
}
# A range of 300 days would otherwise write 300 "planned" events a step, a second or two of each.
ENVIRONMENT = {"DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "true", **BATCH}

# The tag of runs inside `payband run`: no launcher of Dagster's knows whether their process lives.
HEADLESS = {"payband/headless": "true"}
BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
UNDER_WAY = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, *BEGUN]


def prepare(installation: Installation) -> dict[str, str]:
    """Write the instance's settings and give the environment that its processes need."""
    home = installation.store.dagster
    home.mkdir(parents=True, exist_ok=True)
    settings = home / "dagster.yaml"
    wanted = yaml.safe_dump(SETTINGS | {"event_log_storage": _event_log(home)}, sort_keys=True)
    if not settings.exists() or settings.read_text() != wanted:
        settings.write_text(wanted)
    return {"DAGSTER_HOME": str(home), **ENVIRONMENT, **installation.environment()}


def _event_log(home: Path) -> dict[str, Any]:
    """The setting by which every process of Dagster's finds the log."""
    return {"module": EventLog.__module__, "class": EventLog.__name__, "config": {"base_dir": str(home / "events")}}


@contextmanager
def open_instance(installation: Installation) -> Iterator[dg.DagsterInstance]:
    """The store's instance, in this process."""
    os.environ.update(prepare(installation))
    with dg.DagsterInstance.from_config(str(Path(installation.store.dagster))) as instance:
        yield instance


def end_abandoned(instance: dg.DagsterInstance, *, of_daemon: bool = False) -> None:
    """Mark the runs of a killed `payband run`, or of a killed daemon, as failed, and give back what they held.

    For whoever knows that no such process lives: the holder of the store's writer lock, or of the daemon's place. A
    run that seems to go on for ever would keep its sources from being asked and the queue from moving; a pool's slot
    that it held would keep the next run's step waiting for ever. What waits in the daemon's queue is left to the next.
    """
    under_way = [run for run in instance.get_runs(dg.RunsFilter(statuses=UNDER_WAY)) if _is_headless(run) != of_daemon]
    dead = {run.run_id: run for run in under_way if run.status in BEGUN or not of_daemon}
    log = instance.event_log_storage
    for run_id in log.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is None or run.is_finished or run_id in dead:
            log.free_concurrency_slots_for_run(run_id)
    for run in dead.values():
        instance.report_run_failed(run, "the process that ran it was killed")


def _is_headless(run: dg.DagsterRun) -> bool:
    return HEADLESS.items() <= run.tags.items()
