"""Landing: bodies by content, partitions replaced whole, failures kept as what they are."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.landed_pages import blob_path, landed, landed_inputs, pages, previous, read_blob, record_path
from ingestion.landing import land
from ingestion.sources import SourceSpec
from kit.errors import Permanent, Retriable
from kit.store import Store

DAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPEC = SourceSpec(name="board", connector="files")


class Scripted:
    """A connector whose fetch gives what a test says; an exception among the pages is raised there."""

    kind = "scripted"

    def __init__(self, *script: Page | Exception) -> None:
        self.script = script

    def days(self, spec: SourceSpec, fetcher: Fetcher, first: date | None, last: date | None) -> list[date]:
        return [DAY]

    def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
        for entry in self.script:
            if isinstance(entry, Exception):
                raise entry
            yield entry

    def parse(self, spec: SourceSpec, day: date, page: Page) -> Parsed:
        return Parsed()


def landing(tmp_path: Any, *script: Page | Exception, now: datetime = NOW, day: date = DAY) -> Any:
    fetcher = Fetcher(httpx.Client(), None, now)
    return land(Store(tmp_path), SPEC, day, Scripted(*script), fetcher)


def ok(request: str, body: bytes, **more: Any) -> Page:
    return Page(request, body, "ok", **more)


def test_pages_come_back_as_they_were(tmp_path: Any) -> None:
    first = ok("GET /1", b"\x00\xff raw", status=200, media_type="text/plain", headers={"ETag": '"a"'}, fetched_at=NOW)
    second = Page("GET /2", b"", "refused", status=403, detail="403 from the board", fetched_at=NOW)
    report = landing(tmp_path, first, second)
    assert list(pages(Store(tmp_path), "board", DAY)) == [first, second]
    assert report.outcomes == {"ok": 1, "refused": 1}
    assert (report.pages, report.bytes, report.changed) == (2, 6, True)
    assert landed(Store(tmp_path)) == [("board", DAY)]


def test_equal_bodies_are_stored_once(tmp_path: Any) -> None:
    landing(tmp_path, ok("GET /1", b"same"), ok("GET /2", b"same"))
    landing(tmp_path, ok("GET /1", b"same"), day=DAY + timedelta(1))
    assert len(list(Store(tmp_path).landing.glob("blobs/*/*.zst"))) == 1


def test_fetching_the_same_later_changes_no_byte(tmp_path: Any) -> None:
    landing(tmp_path, ok("GET /1", b"body"))
    path = record_path(Store(tmp_path), "board", DAY)
    before = path.read_bytes()
    report = landing(tmp_path, ok("GET /1", b"body"), now=NOW + timedelta(hours=3))
    assert not report.changed
    assert path.read_bytes() == before


def test_a_new_body_replaces_the_partition(tmp_path: Any) -> None:
    first = landing(tmp_path, ok("GET /1", b"old"), ok("GET /2", b"gone"))
    second = landing(tmp_path, ok("GET /1", b"new"))
    assert second.changed
    assert second.inputs != first.inputs
    assert [page.body for page in pages(Store(tmp_path), "board", DAY)] == [b"new"]
    assert landed_inputs(Store(tmp_path), "board", DAY) == second.inputs


@pytest.mark.parametrize(("error", "retriable"), [(Retriable("timed out"), True), (Permanent("401"), False)])
def test_a_failed_fetch_is_an_outcome(tmp_path: Any, error: Exception, retriable: bool) -> None:
    report = landing(tmp_path, ok("GET /1", b"half"), error)
    assert report.failure == str(error)
    assert report.retriable is retriable
    assert [page.outcome for page in pages(Store(tmp_path), "board", DAY)] == ["ok", "failed"]


def test_a_failed_fetch_keeps_the_last_good_partition_and_says_so(tmp_path: Any) -> None:
    good = landing(tmp_path, ok("GET /1", b"one"), ok("GET /2", b"two"))
    report = landing(tmp_path, ok("GET /1", b"one, changed"), Retriable("timed out"))
    assert report.kept
    assert not report.changed
    assert report.inputs == good.inputs
    assert [page.body for page in pages(Store(tmp_path), "board", DAY)] == [b"one", b"two"]
    attempts = json.loads(record_path(Store(tmp_path), "board", DAY).read_bytes())["attempts"]
    assert [page["detail"] for page in attempts[0]["pages"]] == ["timed out"]


def test_a_better_fetch_replaces_a_bad_one(tmp_path: Any) -> None:
    landing(tmp_path, ok("GET /1", b"one"), Retriable("timed out"))
    assert not landing(tmp_path, ok("GET /1", b"one"), ok("GET /2", b"two")).kept
    assert [page.body for page in pages(Store(tmp_path), "board", DAY)] == [b"one", b"two"]


def test_the_last_good_page_of_a_request_is_at_hand(tmp_path: Any) -> None:
    landing(tmp_path, ok("GET /1", b"monday", headers={"ETag": '"1"'}))
    landing(tmp_path, ok("GET /1", b"tuesday", headers={"ETag": '"2"'}), day=DAY + timedelta(1))
    landing(tmp_path, Page("GET /1", b"", "failed"), day=DAY + timedelta(2))
    found = previous(Store(tmp_path), "board")("GET /1")
    assert found is not None
    assert (found.body, found.headers) == (b"tuesday", {"ETag": '"2"'})
    assert previous(Store(tmp_path), "board")("GET /other") is None


def test_a_connector_can_land_the_earlier_page_again(tmp_path: Any) -> None:
    class Unchanged(Scripted):
        def fetch(self, spec: SourceSpec, day: date, fetcher: Fetcher) -> Iterator[Page]:
            earlier = fetcher.previous("GET /1")
            assert earlier is not None
            yield replace(earlier, status=304, fetched_at=fetcher.now)

    first = landing(tmp_path, ok("GET /1", b"body", status=200))
    later = Fetcher(httpx.Client(), None, NOW + timedelta(days=1))
    report = land(Store(tmp_path), SPEC, DAY + timedelta(1), Unchanged(), later)
    assert report.inputs == first.inputs
    assert next(pages(Store(tmp_path), "board", DAY + timedelta(1))).status == 304


def test_a_damaged_body_is_noticed(tmp_path: Any) -> None:
    landing(tmp_path, ok("GET /1", b"body"))
    path = next(Store(tmp_path).landing.glob("blobs/*/*.zst"))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(Permanent, match="land its source and day again"):
        read_blob(Store(tmp_path), path.stem)
    with pytest.raises(Permanent, match="cannot be read"):
        read_blob(Store(tmp_path), "0" * 64)
    assert not blob_path(Store(tmp_path), "0" * 64).exists()


def test_nothing_half_written_is_left_behind(tmp_path: Any) -> None:
    landing(tmp_path, ok("GET /1", b"body"))
    assert not list(tmp_path.rglob("*.part"))
