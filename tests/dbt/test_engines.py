"""The three engines give the same marts."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kit.store import Store
from tests.dbt.engines import ENGINES, Chosen
from tests.dbt.parity import add_oddities, built, differences, synthetic

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory, chosen: Chosen) -> dict[str, dict[str, pl.DataFrame]]:
    """Of each engine every mart of a synthetic market with oddities."""
    store = synthetic(tmp_path_factory.mktemp("parity") / "store", 1200, date(2026, 4, 20))
    add_oddities(store)
    return {engine: _built(store, chosen, engine) for engine in ENGINES}


def _built(store: Store, chosen: Chosen, engine: str, command: str = "run") -> dict[str, pl.DataFrame]:
    with chosen(engine):
        return built(store, command)


@pytest.mark.parametrize("engine", ENGINES[1:])
def test_marts_are_those_of_duckdb(marts: dict[str, dict[str, pl.DataFrame]], engine: str) -> None:
    assert differences(marts["duckdb"], marts[engine]) == []


def test_the_market_shows_what_is_compared(marts: dict[str, dict[str, pl.DataFrame]]) -> None:
    empty = {name for name, frame in marts["duckdb"].items() if frame.is_empty()}
    assert empty <= {"mart_wage_statistics"}
    bands = marts["duckdb"]["mart_pay_bands"]
    assert bands.filter(pl.col("reason").is_null()).height > 20
    assert {"1900", "2024"} <= set(bands["period"])


@pytest.mark.deep
@pytest.mark.parametrize("engine", ENGINES[1:])
def test_marts_of_a_year_are_those_of_duckdb(tmp_path: Path, chosen: Chosen, engine: str) -> None:
    """With data tests, and long enough for growth against the year before."""
    store = synthetic(tmp_path / "store", 20_000, date(2025, 4, 1))
    add_oddities(store)
    assert differences(_built(store, chosen, "duckdb", "build"), _built(store, chosen, engine, "build")) == []
