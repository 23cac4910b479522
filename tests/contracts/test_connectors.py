"""What every connector to a live API keeps to, whatever its source does. Being registered is being tested."""

from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest

from ingestion.canonical import conform
from ingestion.connector import Fetcher, MalformedPage, Page
from ingestion.connectors.live import LiveConnector, LiveOptions
from ingestion.registry import CONNECTORS, connector
from kit.errors import BadInput, Permanent
from kit.http import HttpSettings, NetworkOff, client
from tests.contracts.captures import (
    NOW,
    TODAY,
    TRIES,
    Run,
    is_fault,
    is_listing,
    misshapen,
    mojibake,
    on_listings,
    records,
    renamed,
    spec_of,
    with_body,
)
from tests.recordings.peer import KINDS, Peer

pytestmark = pytest.mark.usefixtures("recorded_keys")
OF_JSON = [kind for kind in KINDS if kind != "jsonld"]  # whose pages are HTML: its own tests spoil what stands in them


def test_every_connector_to_a_live_api_has_a_recording() -> None:
    found = {kind: connector(kind) for kind in CONNECTORS}
    live = {k for k, c in found.items() if isinstance(c, LiveConnector) and issubclass(c.options, LiveOptions)}
    assert live == set(KINDS)
    assert all(found[kind].kind == kind for kind in live)


@pytest.mark.parametrize("kind", KINDS)
def test_a_recorded_source_gives_its_postings(kind: str) -> None:
    run = Run(kind)
    assert set(run.outcomes) <= {"ok", "empty"}, [(p.request, p.detail) for p in run.pages]
    assert not run.malformed
    assert len(run.rows) == run.peer.exchange["postings"]
    assert run.reasons == Counter(run.peer.exchange.get("rejects", {}))
    assert all(row["title"] and row["source_posting_id"] for row in run.rows)
    assert any(not row["title"].isascii() for row in run.rows), "a recording needs a title that encoding can spoil"
    assert not any("<" in (row["description"] or "") or "&amp;" in (row["description"] or "") for row in run.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_pages_give_the_same_rows(kind: str) -> None:
    assert Run(kind).rows == Run(kind).rows


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_that_holds_nothing_is_empty_not_wrong(kind: str) -> None:
    body = Peer(kind).exchange["empty"]
    run = Run(kind, on_listings(kind, lambda _: httpx.Response(200, text=body)))
    assert set(run.outcomes) == {"empty"}
    assert run.rows == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_of_no_bytes_is_empty_and_says_so(kind: str) -> None:
    run = Run(kind, lambda *_: httpx.Response(200, content=b""))
    assert set(run.outcomes) == {"empty"}
    assert all(page.detail for page in run.pages)


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_cut_off_is_malformed(kind: str) -> None:
    run = Run(kind, on_listings(kind, lambda r: httpx.Response(200, content=r.content[: len(r.content) // 2])))
    is_fault(run, {"malformed", "failed"})


@pytest.mark.parametrize("kind", KINDS)
def test_html_instead_of_json_is_malformed(kind: str) -> None:
    run = Run(kind, on_listings(kind, lambda _: httpx.Response(200, html="<!doctype html><p>Please log in</p>")))
    is_fault(run, {"malformed", "empty"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_asked_once_and_kept(kind: str) -> None:
    run = Run(kind, lambda *_: httpx.Response(403, json={"errors": [{"type": "forbidden"}]}))
    is_fault(run, {"refused"})
    assert len(run.peer.asked) == len({str(request.url) for request in run.peer.asked})
    assert all("403" in page.detail or "robots.txt" in page.detail for page in run.pages)
    assert any(page.status == 403 and page.body for page in run.pages)


@pytest.mark.parametrize("kind", KINDS)
def test_too_fast_waits_as_long_as_asked_and_goes_on(kind: str) -> None:
    refusals = iter([httpx.Response(429, headers={"Retry-After": "7"})])
    run = Run(kind, lambda _, response: next(refusals, response))
    assert 7.0 in run.slept
    assert len(run.rows) == run.peer.exchange["postings"]


@pytest.mark.parametrize("kind", KINDS)
def test_too_fast_for_ever_is_a_refusal(kind: str) -> None:
    run = Run(kind, lambda *_: httpx.Response(429, headers={"Retry-After": "1"}))
    is_fault(run, {"refused"})
    asked = Counter((str(request.url), request.content) for request in run.peer.asked)
    assert set(asked.values()) == {TRIES}


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_error_is_tried_again_then_failed(kind: str) -> None:
    run = Run(kind, lambda *_: httpx.Response(500, text="oops"))
    is_fault(run, {"failed", "refused"})
    assert Counter(str(request.url) for request in run.peer.asked).most_common(1)[0][1] == TRIES


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_a_failed_page(kind: str) -> None:
    def cut(*_: Any) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out")

    is_fault(Run(kind, cut), {"failed", "refused"})


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_schema_gives_no_row_in_silence(kind: str) -> None:
    run = Run(kind, lambda _, response: httpx.Response(200, content=renamed(response.content)))
    assert run.rows == []
    assert set(run.outcomes) & {"malformed", "empty"} or run.malformed or run.reasons.total()


@pytest.mark.parametrize("kind", KINDS)
def test_double_encoded_text_is_mended(kind: str) -> None:
    spoilt = Run(kind, lambda _, response: with_body(response, mojibake(response.content)))
    assert sorted(row["title"] for row in spoilt.rows) == sorted(row["title"] for row in Run(kind).rows)


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_ten_megabytes_is_a_record(kind: str) -> None:
    long = b"lathe and mill work in three shifts. " * (10 * 2**20 // 37)
    run = Run(kind, lambda _, response: with_body(response, response.content.replace(b"LONGTEXT", long, 1)))
    rows = [row for parsed in run.parsed for row in parsed.rows.get("postings", [])]
    assert len(rows) >= run.peer.exchange["postings"]  # what conforms to less was parsed all the same
    assert max(len(row.get("description") or "") for row in rows) > 10 * 2**20 - 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_that_repeats_itself_ends(kind: str) -> None:
    first: dict[str, httpx.Response] = {}

    def repeat(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if not is_listing(kind, request):
            return response
        first.setdefault("listing", response)
        return with_body(first["listing"], first["listing"].content)

    run = Run(kind, repeat)
    listings = [request for request in run.peer.asked if is_listing(kind, request)]
    paged = run.peer.exchange.get("paged", False)
    assert len(listings) == (2 if paged else len({str(request.url) for request in listings}))
    if paged:
        assert any("earlier pages" in page.detail for page in run.pages if page.outcome == "malformed")
    assert 0 < len(run.rows) <= run.peer.exchange["postings"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_kill_switch_refuses_before_asking(kind: str) -> None:
    peer = Peer(kind)
    transport = httpx.MockTransport(peer.answer)
    with client(HttpSettings(network="off"), transport) as http, pytest.raises(NetworkOff, match="PAYBAND_NETWORK"):
        list(connector(kind).fetch(spec_of(kind, peer.options), TODAY, Fetcher(http, None, NOW)))
    assert peer.asked == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_option_is_named(kind: str) -> None:
    spec = spec_of(kind, Peer(kind).options | {"colour": "red"})
    with pytest.raises(BadInput, match="colour"):
        connector(kind).parse(spec, TODAY, Page("GET x", b"{}", "ok"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_live_source_has_today_alone(kind: str) -> None:
    live, spec = connector(kind), spec_of(kind, Peer(kind).options)
    fetcher = Fetcher(httpx.Client(transport=httpx.MockTransport(Peer(kind).answer)), None, NOW)
    assert live.days(spec, fetcher, None, None) == [TODAY]
    assert live.days(spec, fetcher, None, date(2026, 11, 20)) == []
    with pytest.raises(Permanent, match="the present only"):
        list(live.fetch(spec, date(2026, 11, 20), fetcher))


@pytest.mark.parametrize("kind", KINDS)
def test_keys_stay_out_of_what_is_kept(kind: str) -> None:
    for run in (Run(kind), Run(kind, lambda *_: httpx.Response(500))):
        assert "s3cr3t-value" not in str([(p.request, p.detail, p.headers) for p in run.pages])


@pytest.mark.parametrize("kind", OF_JSON)
def test_a_field_of_any_other_type_never_breaks_a_page(kind: str) -> None:
    """Every value of every recorded answer, one at a time, becomes something that the source never sends."""
    run, live = Run(kind), connector(kind)
    rows: list[dict[str, Any]] = []
    for page in run.pages:
        if page.outcome != "ok":
            continue
        whole = len(records(live.parse(run.spec, TODAY, page)))
        for body in misshapen(page.body):
            try:
                parsed = live.parse(run.spec, TODAY, replace(page, body=body))
            except MalformedPage:
                continue
            assert len(records(parsed)) in (whole, whole + 1)  # one more: a notice that looks like a record now
            rows += parsed.rows.get("postings", [])
    assert rows
    conformed = conform("postings", [row | {"record_index": None} for row in rows], run.spec.name, TODAY, "page")
    assert conformed.rows.height + conformed.rejected.height == len(rows)
