"""A tiny installation whose market can be given another day."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from ingestion.synthetic import Market, market_sources
from kit.store import Store
from orchestration.installation import Installation
from tests.orchestration.tiny import CLOCK, FIRST


@pytest.fixture(scope="session")
def write_market() -> Callable[[Path, date], None]:
    """Writes a sources file of a market from FIRST to the day given."""

    def write(path: Path, last: date) -> None:
        market = Market(first_day=FIRST, last_day=last, postings_per_day=12, seed=5, text_bytes=800)
        path.write_text(yaml.safe_dump(market_sources(market).model_dump(mode="json", exclude_none=True)))

    return write


@pytest.fixture
def boards(tmp_path: Path) -> Installation:
    """One live source, with nothing landed."""
    path = tmp_path / "sources.yaml"
    path.write_text(
        yaml.safe_dump({"sources": [{"name": "boards", "connector": "greenhouse", "options": {"boards": ["acme"]}}]})
    )
    return Installation(Store(tmp_path / "store"), path, workers=1, clock=CLOCK)
