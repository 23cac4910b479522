"""A run that goes on over midnight, while a live source only ever shows the present."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
import yaml

from ingestion import landed_pages
from kit.clock import Clock
from kit.store import Store
from orchestration.installation import Installation
from orchestration.run import run_pipeline
from tests.recordings.peer import Peer, serving

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other
BEFORE = datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)


def midnight_passes() -> Clock:
    """A clock that is on the next day whenever it is looked at again."""
    moments: Iterator[datetime] = chain([BEFORE], repeat(BEFORE + timedelta(minutes=1)))
    return lambda: next(moments)


def test_what_was_asked_for_over_midnight_is_of_the_day_the_run_began(tmp_path: Path) -> None:
    sources = tmp_path / "sources.yaml"
    store = Store(tmp_path / "store")
    with serving(Peer("greenhouse")) as peer:
        listed = [{"name": "boards", "connector": "greenhouse", "options": peer.options}]
        sources.write_text(yaml.safe_dump({"sources": listed}))
        report = run_pipeline(Installation(store, sources, workers=1, clock=midnight_passes()))
    assert report.failed == {}
    assert landed_pages.landed(store) == [("boards", date(2026, 6, 30))]
    assert report.counts[0]["canonical"] > 0
