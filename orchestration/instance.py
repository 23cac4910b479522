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
    "run_monitoring": {"enabled": True},
}
# A range of 300 days would otherwise write 300 "planned" events a step, a second or two of each.
ENVIRONMENT = {"DAGSTER_EMIT_PARTITION_SUBSET_IN_PLANNED_EVENTS": "true", **BATCH}

# The tag of runs inside `payband run`: no launcher of Dagster's knows whether their process lives.
HEADLESS = {"payband/headless": "true"}
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


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


def end_abandoned(instance: dg.DagsterInstance) -> None:
    """Mark the runs of a killed `payband run` as failed. For the holder of the writer lock: no other one lives.

    A run that seems to go on for ever would keep its sources from being asked and the queue from moving.
    """
    for run in instance.get_runs(dg.RunsFilter(tags=HEADLESS, statuses=UNDER_WAY)):
        instance.report_run_failed(run, "the process that ran it was killed")
