"""What each recorded source says, field by field where a source has a habit of its own."""

from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from ingestion.connector import Fetcher, Page
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.errors import BadInput
from kit.http import HttpSettings, client
from tests.recordings.peer import FOLDER, Change, Peer

pytestmark = pytest.mark.usefixtures("recorded_keys")
NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


def capture(kind: str, change: Change | None = None, **options: Any) -> tuple[list[Page], list[dict[str, Any]], Peer]:
    """Pages and rows of one recorded source, its options overlaid."""
    peer = Peer(kind, change=change) if change else Peer(kind)
    spec = SourceSpec(name="recorded", connector=kind, options=peer.options | options)
    with client(HttpSettings(network="on"), httpx.MockTransport(peer.answer), sleep=lambda _: None) as http:
        pages = list(connector(kind).fetch(spec, NOW.date(), Fetcher(http, None, NOW)))
    parsed = [connector(kind).parse(spec, NOW.date(), page) for page in pages if page.outcome == "ok"]
    return pages, [row for found in parsed for row in found.rows.get("postings", [])], peer


def pay_of(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row.get(f"pay_{name}") for name in ("min", "max", "currency", "period", "kind"))


def test_greenhouse_zones_become_one_range_only_where_unit_and_period_agree() -> None:
    _, (engineer, associate, executive), peer = capture("greenhouse")
    assert dict(peer.asked[0].url.params) == {"content": "true", "pay_transparency": "true"}
    assert pay_of(engineer) == (100_000, 140_000, "CHF", "year", "base")
    assert "Annual base salary, Bern: 100,000 - 125,000 CHF per year" in engineer["pay_text"]
    assert pay_of(associate) == (21.5, 25, "USD", "hour", "base")
    assert pay_of(executive) == (None,) * 5
    assert executive["pay_text"] == "UK pay range: 90,000 - 110,000 GBP; US pay range: 150,000 - 180,000 USD"
    assert engineer["places"] == ["Zürich, Switzerland", "Bern, Switzerland"]
    assert engineer["remote_text"] == "Hybrid"
    assert engineer["closes_on"] == date(2026, 12, 15)
    assert engineer["description"].endswith("- C++ and Python\n- Write to jobs@alpenglas.example")


def test_greenhouse_says_when_a_board_gives_less_than_it_counts() -> None:
    def short(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, content=response.content.replace(b'"total": 3', b'"total": 40'))

    pages, rows, _ = capture("greenhouse", short)
    assert len(rows) == 3
    assert [page.outcome for page in pages] == ["ok", "failed"]
    assert pages[1].detail == "incomplete: the source counts 40 records and gave 3"


def test_one_wrong_board_does_not_cost_the_others() -> None:
    pages, rows, _ = capture("greenhouse", boards=["alpenglas", "no-such-board"])
    assert [page.outcome for page in pages] == ["ok", "refused"]
    assert "404" in pages[1].detail
    assert len(rows) == 3


def test_lever_pages_keep_employer_pay_and_lists() -> None:
    pages, (developer, hand), _ = capture("lever")
    assert len(pages) == 3
    assert developer["employer"] == "Nordsee Werke"
    assert pay_of(developer) == (62_000, 78_000, "EUR", "year", "base")
    assert developer["pay_text"].endswith("Gross, plus holiday pay.")
    assert "What you bring\n- Rust\n- SQL" in developer["description"]
    assert pay_of(hand) == (24.5, 24.5, "USD", "hour", "base")
    assert hand["remote_text"] is None


def test_lever_in_europe_is_another_host() -> None:
    asked: list[str] = []

    def record(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json=[])

    for region in ("us", "eu"):
        spec = SourceSpec(name="recorded", connector="lever", options={"boards": ["x"], "region": region})
        with client(HttpSettings(network="on"), httpx.MockTransport(record), sleep=lambda _: None) as http:
            list(connector("lever").fetch(spec, NOW.date(), Fetcher(http, None, NOW)))
    assert asked == ["api.lever.co", "api.eu.lever.co"]


def test_ashby_keeps_base_apart_from_bonus_and_equity() -> None:
    _, (engineer, support), _ = capture("ashby")
    assert pay_of(engineer) == (180_000, 240_000, "BRL", "year", "base")
    assert engineer["pay_text"] == "R$180K – R$240K • Offers Bonus • Offers Equity"
    assert engineer["places"] == ["São Paulo", "Lisboa"]
    assert pay_of(support) == (10_000, 20_000, "CAD", "year", "bonus")
    assert support["places"] == ["Ontario, Canada"]
    assert support["remote_text"] == "Remote"


def test_smartrecruiters_reads_each_posting_once_and_the_gone_one_is_no_error() -> None:
    pages, rows, _ = capture("smartrecruiters")
    assert [page.outcome for page in pages] == ["ok", "ok", "ok", "ok", "empty"]
    assert "gone since it was listed" in pages[-1].detail
    assert [row["requisition_id"] for row in rows] == ["REF1", "REF2"]
    assert rows[0]["description"].startswith("Company Description\nWe move power.")
    assert (rows[0]["remote_text"], rows[0]["country_hint"]) == ("hybrid", "NO")
    _, listed, peer = capture("smartrecruiters", details=False)
    assert len(listed) == 3
    assert len(peer.asked) == 2


def test_details_that_keep_failing_are_given_up_with_a_count() -> None:
    def broken(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(500) if "/job/" in request.url.path else response

    pages, rows, _ = capture("workday", broken)
    assert rows == []
    assert pages[-1].detail == "incomplete: 5 requests in a row failed: 16 records were not asked for"


def test_workday_pages_by_post_and_reads_dates_that_are_relative() -> None:
    pages, (engineer, buyer), peer = capture("workday")
    assert [request.method for request in peer.asked[:3]] == ["POST", "POST", "GET"]
    assert sum(page.outcome == "empty" for page in pages) == 19
    assert engineer["places"] == ["Lyon, France", "Grenoble, France"]
    assert engineer["closes_on"] == date(2026, 12, 20)
    assert engineer["ats_id"] == "workday:papeterie/A_JR1"
    assert engineer["employer"] == "Papeterie du Rhône"
    assert buyer["posted_on"] == date(2026, 11, 18)
    _, listed, _ = capture("workday", details=False)
    assert len(listed) == 21
    assert listed[0]["posted_on"] == date(2026, 11, 18)
    assert listed[1]["places"] == []
    assert {row["source_posting_id"] for row in (engineer, buyer)} <= {row["source_posting_id"] for row in listed}


def test_workday_says_when_the_count_stands_at_its_cap() -> None:
    def capped(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        return httpx.Response(200, content=response.content.replace(b'"total": 21', b'"total": 2000'))

    pages, _, _ = capture("workday", capped, details=False)
    assert "counts 2000 records and gave 21" in pages[-1].detail


def test_a_workday_board_of_the_wrong_form_is_named() -> None:
    with pytest.raises(BadInput, match=r'"tenant\.wdN/Site"'):
        capture("workday", boards=["papeterie"])


def test_max_pages_stops_and_says_so() -> None:
    for kind in ("lever", "himalayas", "arbeitnow", "adzuna", "usajobs"):
        pages, rows, _ = capture(kind, max_pages=1)
        assert rows
        assert pages[-1].detail == "incomplete: stopped at max_pages=1; the listing goes on"


def test_recruitee_pay_is_monthly_and_its_kind_not_said() -> None:
    _, (offer,), _ = capture("recruitee")
    assert pay_of(offer) == (3100, 3600, "EUR", "month", None)
    assert offer["places"] == ["Jena, Thüringen, Germany", "Meißen, Sachsen, Germany"]
    assert (offer["employment_text"], offer["remote_text"]) == ("fulltime permanent", "on_site")


def test_remote_ok_pay_is_an_estimate_and_zero_is_none() -> None:
    _, (paid, unpaid), _ = capture("remoteok")
    assert pay_of(paid) == (30_000, 45_000, "USD", "year", "estimated")
    assert pay_of(unpaid) == (None,) * 5


def test_himalayas_follows_the_cursor() -> None:
    _, (engineer, agent, guide), peer = capture("himalayas")
    assert [request.url.params.get("cursor") for request in peer.asked] == [None, "c2"]
    assert pay_of(engineer) == (40, 60, "USD", "hour", None)
    assert pay_of(agent) == (50_000, None, "CAD", "year", None)
    assert agent["pay_text"] == "from 50,000 CAD per year"
    assert guide["places"] == ["Nepal"]


def test_hacker_news_reads_the_newest_hiring_thread_and_its_top_comments() -> None:
    pages, (engineer, developers, untitled), peer = capture("hackernews")
    assert peer.asked[1].url.path.endswith("/50000001")
    assert [page.outcome for page in pages] == ["ok", "ok"]
    assert engineer["title"] == "Senior Embedded Engineer – Målesystemer"
    assert (engineer["employer"], engineer["places"]) == ("Smørrebrød Systems", ["Aarhus, Denmark"])
    assert engineer["pay_text"] == "55k–65k DKK"
    assert (developers["title"], developers["remote_text"]) == ("Backend and Frontend Developers", "REMOTE (US)")
    assert untitled["title"] is None


def test_adzuna_marks_what_it_predicted() -> None:
    _, (stated, predicted, unpaid), _ = capture("adzuna")
    assert pay_of(stated) == (41_000, 47_000.5, "GBP", "year", None)
    assert pay_of(predicted) == (33_210.11, 33_210.11, "GBP", "year", "estimated")
    assert pay_of(unpaid) == (None,) * 5
    assert stated["title"] == "Optics Engineer – Größe & Form"


def test_a_key_that_is_not_set_is_named_and_parsing_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PAYBAND_TEST_KEY")
    with pytest.raises(BadInput, match=r"app_key \(\$\{PAYBAND_TEST_KEY\}\)"):
        capture("adzuna")
    spec = SourceSpec(name="recorded", connector="adzuna", options=Peer("adzuna").options)
    page = Page("GET https://x.invalid/a", (FOLDER / "adzuna" / "page_1.json").read_bytes(), "ok")
    assert len(connector("adzuna").parse(spec, NOW.date(), page).rows["postings"]) == 2


def test_usajobs_reads_rate_codes_and_leaves_contacts_out() -> None:
    _, (hydrologist, operator, guide), peer = capture("usajobs")
    assert peer.asked[0].headers["User-Agent"] == "s3cr3t-value"
    assert peer.asked[0].headers["Authorization-Key"] == "s3cr3t-value"
    assert pay_of(hydrologist) == (82_764, 128_956, "USD", "year", "base")
    assert pay_of(operator) == (24.5, 28.75, "USD", "hour", "base")
    assert pay_of(guide) == (None,) * 5
    assert (hydrologist["occupation_code"], hydrologist["seniority_text"]) == ("opm:1315", "GS-11/12")
    assert (hydrologist["country_hint"], guide["country_hint"]) == ("US", None)
    assert "agency.example" not in str(hydrologist)


def test_an_unchanged_page_is_asked_for_with_its_mark_and_comes_from_before() -> None:
    before = Page("", b'{"jobs": [], "meta": {"total": 0}}', "ok", 200, headers={"ETag": '"v1"'})
    asked: list[httpx.Request] = []

    def unchanged(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(304)

    spec = SourceSpec(name="recorded", connector="ashby", options={"boards": ["x"]})
    with client(HttpSettings(network="on"), httpx.MockTransport(unchanged)) as http:
        (page,) = connector("ashby").fetch(spec, NOW.date(), Fetcher(http, None, NOW, previous=lambda _: before))
    assert asked[0].headers["If-None-Match"] == '"v1"'
    assert (page.body, page.status) == (before.body, 304)


def test_a_request_with_keys_is_not_redirected() -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://other.invalid/"})

    for kind in ("usajobs", "adzuna"):
        spec = SourceSpec(name="recorded", connector=kind, options=Peer(kind).options)
        with client(HttpSettings(network="on"), httpx.MockTransport(elsewhere)) as http:
            (page,) = connector(kind).fetch(spec, NOW.date(), Fetcher(http, None, NOW))
        assert (page.outcome, page.status) == ("refused", 302)
    assert set(asked) == {"recorded.invalid"}
