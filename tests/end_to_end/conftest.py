"""The small market, run once for all the tests that start from what it gives."""

from pathlib import Path

import pytest
import yaml

from ingestion.synthetic import market_sources
from orchestration.installation import Installation
from orchestration.run import run_pipeline
from tests.end_to_end.small_market import MARKET, installation


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sources") / "market.yaml"
    path.write_text(yaml.safe_dump(market_sources(MARKET).model_dump(mode="json", exclude_none=True)))
    return path


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, sources: Path) -> Installation:
    """A store filled at once; nobody changes it."""
    made = installation(tmp_path_factory.mktemp("whole") / "store", sources)
    report = run_pipeline(made)
    assert report.failed == {}
    assert report.gates_failed == []
    assert report.published
    return made
