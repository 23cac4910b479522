"""The asset graph of a tiny installation: what an operator sees, and what runs refer to by name."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from kit.store import Store
from orchestration.installation import Installation
from tests.surface.snapshots import is_as_committed

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster and dbt warn about each other
SOURCES = [
    {"name": "boards", "connector": "greenhouse", "options": {"boards": ["acme"]}},
    {"name": "dump", "connector": "files", "options": {"path": "postings.csv", "mapping": "nhs_jobs_2020_11"}},
]


def lines(definitions: dg.Definitions) -> Iterator[str]:
    repository = definitions.get_repository_def()
    yield from assets(definitions)
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if not job.name.startswith("__"):
            yield f"job {job.name}: {len(list(job.asset_layer.executable_asset_keys))} assets"
    for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name):
        status = schedule.default_status.value.lower()
        yield f"schedule {schedule.name}: {schedule.job_name}, {schedule.cron_schedule}, {status}"
    for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name):
        yield f"sensor {sensor.name}: {sensor.default_status.value.lower()}, every {sensor.minimum_interval_seconds} s"


def assets(definitions: dg.Definitions) -> Iterator[str]:
    graph = definitions.resolve_asset_graph()
    checks = sorted(graph.asset_check_keys, key=lambda key: (key.asset_key, key.name))
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        parts = (
            f", by {node.partitions_def.name}"
            if isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
            else ""
        )
        condition = f", {node.automation_condition.get_label()}" if node.automation_condition else ""
        yield f"{key.to_user_string()} ({node.group_name}{parts}{condition})"
        yield from (f"    from {parent.to_user_string()}" for parent in sorted(node.parent_keys))
        for check in checks:
            if check.asset_key == key:
                yield f"    check {check.name}" + (" (blocking)" if graph.get(check).blocking else "")


def test_the_graph_is_as_committed(tmp_path: Path) -> None:
    from orchestration.definitions import build

    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": SOURCES}))
    is_as_committed("asset_graph.txt", lines(build(Installation(Store(tmp_path / "store"), path))))
