"""The three engines give the same marts."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kit.store import Store
from orchestration.dbt_runner import run_dbt
from orchestration.warehouse import warehouse_of
from tests.dbt.engines import ENGINES, Chosen
from tests.dbt.parity import add_oddities, built, differences, real, synthetic

NEED_MORE = {f"mart_{name}" for name in ("demand_forecasts", "emerging_roles", "hot_companies", "posting_index")}
NEED_MORE |= {"mart_wage_statistics", "mart_pay_vs_official"}

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore"),  # Dagster, dbt and Great Expectations warn about each other
]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A synthetic market with oddities, ingested."""
    store = synthetic(tmp_path_factory.mktemp("parity") / "store", 1200, date(2026, 4, 20))
    add_oddities(store)
    return store


@pytest.fixture(scope="module")
def ours(market: Store, chosen: Chosen) -> dict[str, pl.DataFrame]:
    """Its marts as DuckDB makes them."""
    return _built(market, chosen, ENGINES[0])


def _built(store: Store, chosen: Chosen, engine: str, command: str = "run") -> dict[str, pl.DataFrame]:
    with chosen(engine):
        return built(store, command)


@pytest.mark.parametrize("engine", ["postgres", pytest.param("clickhouse", marks=pytest.mark.deep)])
def test_marts_are_those_of_duckdb(market: Store, ours: dict[str, pl.DataFrame], chosen: Chosen, engine: str) -> None:
    assert differences(ours, _built(market, chosen, engine)) == []


def test_the_market_shows_what_is_compared(ours: dict[str, pl.DataFrame]) -> None:
    empty = {name for name, frame in ours.items() if frame.is_empty()}
    assert empty <= NEED_MORE, "ten weeks and no official statistics leave these empty; the long runs fill them"
    bands = ours["mart_pay_bands"]
    assert bands.filter(pl.col("reason").is_null()).height > 20
    assert "2024" in set(bands["period"])
    assert "1900" not in set(bands["period"])  # nobody advertised then: such days are not believed


@pytest.mark.deep
def test_marts_of_a_year_are_those_of_duckdb(tmp_path: Path, chosen: Chosen) -> None:
    """With data tests, and long enough for growth against the year before."""
    store = synthetic(tmp_path / "store", 20_000, date(2025, 4, 1))
    add_oddities(store)
    compare(store, chosen, "build")


@pytest.mark.deep
def test_marts_of_the_real_data_sets_are_those_of_duckdb(tmp_path: Path, chosen: Chosen, shared_data: Path) -> None:
    compare(real(tmp_path / "store", shared_data), chosen, "run")


def compare(store: Store, chosen: Chosen, command: str) -> None:
    ours = _built(store, chosen, ENGINES[0], command)
    for engine in ENGINES[1:]:
        assert differences(ours, _built(store, chosen, engine, command)) == [], engine


@pytest.mark.deep
@pytest.mark.parametrize("engine", ENGINES[1:])
def test_unit_tests_of_the_project_hold(tmp_path: Path, chosen: Chosen, engine: str) -> None:
    with chosen(engine):
        store = Store(tmp_path / "store")
        warehouse_of(store).remove()
        run_dbt(store, command="run")
        report = run_dbt(store, "test_type:unit", command="test")
    assert len(report.results) > 5
