"""A tiny installation whose market can be given another day."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from ingestion.synthetic import Market, market_sources
from kit.clock import fixed_clock
from kit.store import Store
from orchestration.installation import Installation

FIRST = date(2026, 6, 29)
CLOCK = fixed_clock(datetime(2026, 7, 1, 3, 15, tzinfo=UTC))


@pytest.fixture(scope="session")
def write_market() -> Callable[[Path, date], None]:
    """Writes a sources file of a market from FIRST to the day given."""

    def write(path: Path, last: date) -> None:
        market = Market(first_day=FIRST, last_day=last, postings_per_day=12, seed=5, text_bytes=800)
        path.write_text(yaml.safe_dump(market_sources(market).model_dump(mode="json", exclude_none=True)))

    return write


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def boards(tmp_path: Path) -> Installation:
    """One live source, with nothing landed."""
    path = tmp_path / "sources.yaml"
    path.write_text(
        yaml.safe_dump({"sources": [{"name": "boards", "connector": "greenhouse", "options": {"boards": ["acme"]}}]})
    )
    return Installation(Store(tmp_path / "store"), path, workers=1, clock=CLOCK)
