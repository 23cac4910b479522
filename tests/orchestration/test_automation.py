"""What runs by itself: nothing after a run, a new capture day once, and from there to a release."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ingestion import landed_pages
from kit.store import Store
from orchestration.automation import jobs, nightly, schedules, sensors
from orchestration.defs.ingestion import canonical_asset, landing_asset
from orchestration.defs.normalisation import normalised_asset
from orchestration.installation import Installation
from orchestration.instance import HEADLESS, end_abandoned
from tests.orchestration.tiny import CLOCK, FIRST

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other
NEXT = FIRST + timedelta(1)


@dataclass
class Daemon:
    """Ticks as the daemon does, keeping the cursor between them."""

    installation: Installation
    instance: dg.DagsterInstance
    cursor: Any = None

    def __post_init__(self) -> None:
        from orchestration.definitions import build  # dagster-dbt warns at import, which is let pass in tests alone

        self.definitions = build(self.installation)

    def tick(self) -> set[str]:
        """The assets that this evaluation asks for."""
        result = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        return {each.key.to_user_string() for each in result.results if not each.true_subset.is_empty}

    def look(self, source: str) -> list[dg.RunRequest]:
        """The runs that the sensor of a source asks for."""
        context = dg.build_sensor_context(instance=self.instance, definitions=self.definitions)
        found = self.definitions.get_sensor_def(f"new_days_{source}").evaluate_tick(context)
        return list(found.run_requests or [])

    def run(self, job: str, **arguments: Any) -> None:
        result = self.definitions.resolve_job_def(job).execute_in_process(instance=self.instance, **arguments)
        assert result.success

    def told_of(self, keys: Iterable[str]) -> None:
        """Those assets as made, without the minute that it takes: building and publishing have tests of their own."""
        for key in sorted(keys):
            self.instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey.from_user_string(key)))

    def unpartitioned(self) -> set[str]:
        """Every asset from the openings to the release."""
        graph = self.definitions.resolve_asset_graph()
        keys = (key for key in graph.get_all_asset_keys() if graph.get(key).partitions_def is None)
        return {key.to_user_string() for key in keys} - {"reference/taxonomy"}


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory, write_market: Callable[[Path, date], None]) -> Iterator[Daemon]:
    """The daemon of a store into which two sources' first capture day has been read, and that tells of a release."""
    folder = tmp_path_factory.mktemp("automation")
    write_market(folder / "market.yaml", FIRST)
    made = Installation(Store(folder / "store"), folder / "market.yaml", workers=1, clock=CLOCK)
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        daemon = Daemon(made, instance)
        daemon.run("reference")
        for spec in made.active:
            (asked,) = daemon.look(spec.name)
            daemon.run(f"ingest_{spec.name}", tags=dict(asked.tags))
        daemon.told_of(daemon.unpartitioned())
        yield daemon


def test_a_new_capture_day_comes_to_a_release_once(daemon: Daemon, write_market: Callable[[Path, date], None]) -> None:
    market = daemon.installation.sources_path
    assert market is not None
    assert daemon.tick() == set()  # no storm after a run
    daemon.run("reference")
    assert daemon.tick() == set()  # looking at the taxonomy again asks for nothing
    assert daemon.look("synthetic_a") == []

    write_market(market, NEXT)  # the file changes under a daemon that goes on
    (asked,) = daemon.look("synthetic_a")
    assert (asked.tags["dagster/asset_partition_range_start"], asked.tags["dagster/asset_partition_range_end"]) == (
        str(NEXT),
        str(NEXT),
    )
    assert [again.run_key for again in daemon.look("synthetic_a")] == [asked.run_key]  # which Dagster runs once
    assert daemon.tick() == set()  # a day that is known and has not landed asks for nothing by itself

    late = Daemon(replace(daemon.installation), daemon.instance, daemon.cursor)  # runs read the sources file anew
    late.run("ingest_synthetic_a", tags=dict(asked.tags))
    assert late.look("synthetic_a") == []
    follows = late.tick()
    assert not {key for key in follows if key.startswith(("landing", "canonical", "normalised", "reference"))}
    assert {
        "openings/members",
        "core/fct_pay_observations",
        "estimates/pay",
        "release/current",
    } <= follows  # in one run
    late.told_of(follows)
    assert late.tick() == set()


def test_a_source_that_is_under_way_is_not_asked_again(
    daemon: Daemon, write_market: Callable[[Path, date], None]
) -> None:
    assert daemon.installation.sources_path is not None
    write_market(daemon.installation.sources_path, NEXT)
    job = daemon.definitions.resolve_job_def("ingest_synthetic_b")
    assert daemon.look("synthetic_b") != []
    started = daemon.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert daemon.look("synthetic_b") == []
    daemon.instance.report_run_failed(started)
    assert daemon.look("synthetic_b") != []


def test_runs_of_a_killed_process_are_ended(daemon: Daemon) -> None:
    job = daemon.definitions.resolve_job_def("ingest_synthetic_b")
    ours = daemon.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=HEADLESS)
    theirs = daemon.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    end_abandoned(daemon.instance)
    told = {run.run_id: run.status for run in daemon.instance.get_runs()}
    assert told[ours.run_id] is dg.DagsterRunStatus.FAILURE
    assert told[theirs.run_id] is dg.DagsterRunStatus.STARTED
    daemon.instance.report_run_failed(theirs)


def test_the_night_asks_a_live_source_for_today_and_never_for_a_night_that_is_over(
    boards: Installation, daemon: Daemon
) -> None:
    schedule = nightly(boards, boards.spec("boards"))
    ingest = [job for job in jobs(boards) if job.name == schedule.job_name]
    assets = [landing_asset(boards, boards.spec("boards")), canonical_asset(boards, boards.spec("boards"))]
    assets.append(normalised_asset(boards, boards.spec("boards")))
    known = dg.Definitions(assets=assets, jobs=ingest, schedules=[schedule]).get_repository_def()
    tonight = datetime(2026, 7, 1, 3, 15, tzinfo=UTC)
    for moment, wanted in ((tonight, ["2026-07-01"]), (tonight - timedelta(1), [])):
        context = dg.build_schedule_context(
            instance=daemon.instance, scheduled_execution_time=moment, repository_def=known
        )
        requests = schedule.evaluate_tick(context).run_requests
        assert [request.partition_key for request in requests or []] == wanted
    assert daemon.instance.get_dynamic_partitions("capture_days/boards") == ["2026-07-01"]
    assert landed_pages.landed(boards.store) == []


def test_everything_is_on_without_a_hand(boards: Installation, daemon: Daemon) -> None:
    for made in (boards, daemon.installation):
        assert all(one.default_status is dg.DefaultScheduleStatus.RUNNING for one in schedules(made))
        assert all(one.default_status is dg.DefaultSensorStatus.RUNNING for one in sensors(made))
    assert [one.name for one in schedules(boards)] == ["nightly_boards"]
    assert "nightly_synthetic_a" not in [one.name for one in schedules(daemon.installation)]
