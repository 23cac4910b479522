"""The event log of a store: what Dagster reads back is what was written, by one process or by two."""

import multiprocessing
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")

DAYS = [f"2026-01-{day:02}" for day in range(1, 31)]


def _materialize(home: str, first: str, last: str) -> None:
    """One run over a range of days, in the instance at `home`."""
    import dagster as dg

    from orchestration.partitions import RANGE_END, RANGE_START, days_of

    @dg.asset(partitions_def=days_of("board"), backfill_policy=dg.BackfillPolicy.single_run())
    def pages() -> dg.MaterializeResult:
        return dg.MaterializeResult(metadata={"rows": 3})

    job = dg.Definitions(assets=[pages], jobs=[dg.define_asset_job("land", [pages])]).resolve_job_def("land")
    with dg.DagsterInstance.from_config(home) as instance:
        assert job.execute_in_process(instance=instance, tags={RANGE_START: first, RANGE_END: last}).success


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The home of an instance with its settings written and its days known."""
    import dagster as dg

    from kit.store import Store
    from orchestration.installation import Installation
    from orchestration.instance import prepare
    from orchestration.partitions import add_days

    for name, value in prepare(Installation(Store(tmp_path), None)).items():
        monkeypatch.setenv(name, value)
    home = str(tmp_path / "dagster")
    with dg.DagsterInstance.from_config(home) as instance:
        add_days(instance, "board", DAYS)
    return home


def _materialized(home: str) -> set[str]:
    import dagster as dg

    with dg.DagsterInstance.from_config(home) as instance:
        return instance.get_materialized_partitions(dg.AssetKey("pages"))


def test_a_range_of_days_is_read_back_by_another_instance(home: str) -> None:
    _materialize(home, DAYS[0], DAYS[-1])
    assert _materialized(home) == set(DAYS)


def test_two_processes_write_at_once_and_nothing_is_lost(home: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_materialize, args=(home, first, last))
        for first, last in ((DAYS[0], DAYS[14]), (DAYS[15], DAYS[29]))
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert _materialized(home) == set(DAYS)


def test_a_batch_that_fails_is_stored_event_by_event(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The events before the one that fails are not stored twice: the batch is one transaction."""
    import dagster as dg

    from orchestration.event_log import EventLog

    store_event = EventLog.store_event
    failed: list[dg.EventLogEntry] = []

    def once_failing(self: EventLog, event: dg.EventLogEntry) -> None:
        store_event(self, event)
        if self._batch.get() is not None and not failed and event.get_dagster_event().partition == DAYS[5]:
            failed.append(event)
            raise OSError("disk full")

    monkeypatch.setattr(EventLog, "store_event", once_failing)
    _materialize(home, DAYS[0], DAYS[-1])
    assert failed
    assert _materialized(home) == set(DAYS)
    with dg.DagsterInstance.from_config(home) as instance:
        records = instance.fetch_materializations(dg.AssetKey("pages"), limit=100).records
        assert sorted(str(record.partition_key) for record in records) == DAYS
