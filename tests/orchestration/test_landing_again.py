"""Landing a day that a live source no longer offers."""

from collections.abc import Iterator
from datetime import date

import pytest

from ingestion import landed_pages, landing
from ingestion.connector import Fetcher, Page
from ingestion.sources import SourceSpec
from kit.errors import Permanent
from orchestration.defs.ingestion import land
from orchestration.fetching import fetcher
from orchestration.installation import Installation

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster marks freshness and backfill policies as beta
YESTERDAY, TODAY = date(2026, 6, 30), date(2026, 7, 1)


class Yesterdays:
    """What the source said yesterday."""

    kind = "greenhouse"

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        yield Page("GET https://boards.example/acme", b'{"jobs": []}', "ok")


class Todays(Yesterdays):
    """A live source that offers today."""

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        return [TODAY]


def test_what_landed_yesterday_stands_and_nothing_is_asked(boards: Installation) -> None:
    spec = boards.spec("boards")
    landing.land(boards.store, spec, YESTERDAY, Yesterdays(), fetcher(boards))  # type: ignore[arg-type]
    before = landed_pages.record_path(boards.store, "boards", YESTERDAY).read_bytes()
    report = land(boards, spec, YESTERDAY)
    assert (report.kept, report.changed, report.pages, report.bytes) == (True, False, 1, 12)
    assert report.inputs == landed_pages.landed_inputs(boards.store, "boards", YESTERDAY)
    assert landed_pages.record_path(boards.store, "boards", YESTERDAY).read_bytes() == before


def test_a_day_that_never_landed_fails_and_leaves_nothing(boards: Installation) -> None:
    with pytest.raises(Permanent, match="nothing landed from boards on 2026-06-30"):
        land(boards, boards.spec("boards"), YESTERDAY)
    assert landed_pages.landed(boards.store) == []


def test_today_is_asked_for(boards: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.defs.ingestion.connector", lambda kind: Todays())
    report = land(boards, boards.spec("boards"), TODAY)
    assert (report.kept, report.changed) == (False, True)
    assert landed_pages.landed(boards.store) == [("boards", TODAY)]
