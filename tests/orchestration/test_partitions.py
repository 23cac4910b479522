from collections.abc import Iterator

import dagster as dg
import pytest

from orchestration.partitions import add_days, days_of, ranges


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


def test_days_are_added_once_and_in_order(instance: dg.DagsterInstance) -> None:
    add_days(instance, "board", ["2026-01-03", "2026-01-01"])
    add_days(instance, "board", ["2026-01-01", "2026-01-02"])
    known = instance.get_dynamic_partitions(str(days_of("board").name))
    assert known == ["2026-01-01", "2026-01-03", "2026-01-02"]


def test_ranges_hold_exactly_the_days_asked_for(instance: dg.DagsterInstance) -> None:
    add_days(instance, "board", ["2026-01-01", "2026-01-03", "2026-01-05"])
    add_days(instance, "board", ["2026-01-02"])
    wanted = ["2026-01-02", "2026-01-01", "2026-01-05"]
    assert list(ranges(instance, "board", wanted)) == [("2026-01-01", "2026-01-01"), ("2026-01-05", "2026-01-02")]
    assert list(ranges(instance, "board", [])) == []


def test_sources_do_not_share_days(instance: dg.DagsterInstance) -> None:
    add_days(instance, "one", ["2026-01-01"])
    assert instance.get_dynamic_partitions(str(days_of("two").name)) == []
