"""Building by what changed gives the rows of a full build, whatever changed."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.warehouse import warehouse_of
from tests.dbt.conftest import everything
from tests.dbt.engines import ENGINES, Chosen
from tests.dbt.market import Row, posting, write_openings, write_partitions, write_reference

# What holds on DuckDB for any change must hold elsewhere for the one that has everything in it; the rest is a long run.
ON_ALL = pytest.mark.parametrize("engine", ENGINES)
AT_LENGTH = pytest.mark.parametrize(
    "engine", [ENGINES[0], *(pytest.param(engine, marks=pytest.mark.deep) for engine in ENGINES[1:])]
)
FACTS = ("fct_job_postings", "fct_posting_skills", "fct_openings", "fct_pay_observations")
DAYS = [date(2026, 6, 1) + timedelta(days=n) for n in range(4)]


def captures(days: list[date], skip: int | None = None) -> list[Row]:
    """Posting n of two boards is seen from day n % 4 on; its title and pay change with the day."""
    return [
        posting(
            number,
            source=source,
            day=day,
            title=f"Developer {day.day}",
            posted_on=day,
            employer_key=f"firm {number}",
            pay=(1000.0 * day.day, 2000.0 * day.day, "USD"),
        )
        for source in ("board", "feed")
        for day in days
        for number in range(12)
        if DAYS.index(day) >= number % 4 and number != skip
    ]


def write(store: Store, rows: list[Row]) -> None:
    key = ("source", "captured_on", "posting_id")
    skills = [
        {name: row[name] for name in key} | {"skill_id": skill, "requirement": "required"}
        for row in rows
        for skill in (["python", "sql"] if row["captured_on"].day % 2 else ["python"])
    ]
    write_partitions(store, "postings", rows)
    write_partitions(store, "posting_skills", skills)


def core(
    store: Store, rows: list[Row], *flags: str, same: dict[int, int] | None = None
) -> dict[str, list[tuple[object, ...]]]:
    write_openings(store, rows, same)
    run_dbt(store, ["+fct_posting_skills", "+fct_pay_observations"], command="run", flags=flags)
    return facts(store)


def facts(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """The facts' rows, in an order of their own; on DuckDB those of everything else too."""
    warehouse = warehouse_of(store)
    if warehouse.name == "duckdb":
        return everything(store)
    frames = warehouse.read("core", {f"core.{name}": (name, ()) for name in FACTS})
    return {name: frame.sort(frame.columns).rows() for name, frame in frames.items()}


@pytest.fixture
def store(empty_store: Callable[[], Store], chosen: Chosen, engine: str) -> Iterator[Store]:
    with chosen(engine):
        store = empty_store()
        write_reference(store, board={}, feed={})
        yield store


@ON_ALL
def test_days_may_come_late_change_and_go(store: Store) -> None:
    # The third day is missing at first, then comes after the fourth.
    first = captures([DAYS[0], DAYS[1], DAYS[3]])
    write(store, first)
    core(store, first)
    write(store, captures(DAYS))
    grown = core(store, captures(DAYS))
    assert len(grown["core.fct_job_postings"]) == 24
    assert grown == core(store, captures(DAYS), "--full-refresh")

    # The last day is captured anew without one posting, and the first day of one source is taken down.
    changed = captures(DAYS[:3]) + captures(DAYS[3:], skip=7)
    write(store, captures(DAYS[3:], skip=7))
    gone = store.partition("normalised", "postings", "feed", DAYS[0])
    gone.unlink()
    store.partition("normalised", "posting_skills", "feed", DAYS[0]).unlink()
    kept = [row for row in changed if (row["source"], row["captured_on"]) != ("feed", DAYS[0])]
    shrunk = core(store, kept)
    assert shrunk != grown
    assert shrunk == core(store, kept, "--full-refresh")


@AT_LENGTH
def test_a_source_that_goes_takes_its_rows_along(store: Store) -> None:
    rows = captures(DAYS)
    write(store, rows)
    core(store, rows)
    for frame in ("postings", "posting_skills"):
        for source, _, path in store.partitions("normalised", frame):
            if source == "feed":
                path.unlink()
    left = core(store, [row for row in rows if row["source"] == "board"])
    assert len(left["core.fct_job_postings"]) == 12
    assert len(left["core.fct_posting_skills"]) == 12


@AT_LENGTH
def test_building_again_changes_nothing(store: Store) -> None:
    rows = captures(DAYS)
    write(store, rows)
    assert core(store, rows) == core(store, rows)


@AT_LENGTH
def test_openings_follow_their_clusters_when_no_posting_changed(store: Store) -> None:
    rows = captures(DAYS)
    write(store, rows)
    first, second, third = sorted({row["posting_id"] for row in rows})[:3]
    apart = core(store, rows)
    together = core(store, rows, same={second: first, third: first})
    assert len(together["core.fct_openings"]) == len(apart["core.fct_openings"]) - 2
    assert together == core(store, rows, "--full-refresh", same={second: first, third: first})
    assert core(store, rows, same={third: second}) == core(store, rows, "--full-refresh", same={third: second})
    assert core(store, rows) == apart


@AT_LENGTH
def test_openings_follow_a_rate_that_comes_late(store: Store) -> None:
    rows = [row | {"pay_currency": "EUR"} for row in captures(DAYS)]
    write(store, rows)
    without = core(store, rows)
    rate = {"source": "bank", "base": "EUR", "quote": "USD", "rate": 1.1}
    write_partitions(store, "fx_rates", [rate | {"captured_on": day, "rate_on": day} for day in DAYS])
    converted = core(store, rows)
    assert converted["core.fct_openings"] != without["core.fct_openings"]
    assert converted == core(store, rows, "--full-refresh")


@AT_LENGTH
def test_openings_follow_the_rights_of_their_sources(store: Store) -> None:
    rows = captures(DAYS)
    write(store, rows)
    both = core(store, rows)
    write_reference(store, board={}, feed={"aggregates": False})
    one = core(store, rows)
    assert len(one["core.fct_openings"]) == len(both["core.fct_openings"]) / 2
    assert one == core(store, rows, "--full-refresh")
