"""schema.org JobPosting in the forms in which sites write it, and the ways of finding its pages."""

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from ingestion.connector import Fetcher, MalformedPage, Page
from ingestion.connectors.jsonld.connector import CONNECTOR
from ingestion.sources import SourceSpec
from kit.errors import BadInput
from kit.http import HttpSettings, client
from tests.recordings.peer import Peer

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
JOB = {"@context": "https://schema.org", "@type": "JobPosting", "title": "Baker", "url": "https://x.invalid/1"}
MONEY = {"@type": "MonetaryAmount", "currency": "EUR"}


def spec(**options: Any) -> SourceSpec:
    return SourceSpec(name="pages", connector="jsonld", options=options or {"urls": ["/x"]})


def row(**properties: Any) -> dict[str, Any]:
    body = json.dumps(JOB | properties).encode()
    parsed = CONNECTOR.parse(spec(), NOW.date(), Page("GET https://x.invalid/1", body, "ok"))
    assert not parsed.rejects, parsed.rejects
    return parsed.rows["postings"][0]


def html(*blocks: str) -> bytes:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return f"<!doctype html><html><head>{scripts}</head><body><p>x</p></body></html>".encode()


def titles(body: bytes) -> list[str]:
    parsed = CONNECTOR.parse(spec(), NOW.date(), Page("GET https://x.invalid/1", body, "ok"))
    return [found["title"] for found in parsed.rows["postings"]]


@pytest.mark.parametrize(
    "body",
    [
        html(json.dumps(JOB)),
        html(json.dumps([JOB])),
        html(json.dumps({"@graph": [{"@type": "WebPage"}, JOB]})),
        html(json.dumps({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": JOB}]})),
        html(json.dumps(JOB | {"@type": ["Thing", "http://schema.org/JobPosting"]})),
        html("{broken", json.dumps(JOB)),
        html("<!--" + json.dumps(JOB) + "-->"),
        html("\n//<![CDATA[\n" + json.dumps(JOB) + "\n//]]>"),
        json.dumps(JOB).encode(),
        json.dumps(JOB).encode() + b"\n",
        b"\xef\xbb\xbf" + json.dumps(JOB).encode(),
    ],
)
def test_a_job_is_found_wherever_sites_put_it(body: bytes) -> None:
    assert titles(body) == ["Baker"]


def test_several_jobs_and_json_lines_are_all_read() -> None:
    assert titles(html(json.dumps(JOB), json.dumps(JOB | {"title": "Miller"}))) == ["Baker", "Miller"]
    assert titles(f"{json.dumps(JOB)}\n{json.dumps(JOB | {'title': 'Miller'})}\n".encode()) == ["Baker", "Miller"]


@pytest.mark.parametrize(
    "body", [html('{"@type": "JobPosting", "title": "Ba'), b'{"@type": "JobPost', b"no json at all"]
)
def test_a_broken_document_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedPage):
        titles(body)


PAY: list[tuple[Any, tuple[Any, ...]]] = [
    (MONEY | {"value": {"minValue": 30000, "maxValue": 36000, "unitText": "YEAR"}}, (30000, 36000, "EUR", "year")),
    (MONEY | {"value": {"value": 16.5, "unitText": "HOUR"}}, (16.5, 16.5, "EUR", "hour")),
    (MONEY | {"value": {"minValue": "30,000.50", "unitText": "YEAR"}}, (30000.5, None, "EUR", "year")),
    (MONEY | {"value": "2500", "unitText": "MONTH"}, (2500, 2500, "EUR", "month")),
    (MONEY | {"minValue": 200, "maxValue": 300, "unitText": "DAY"}, (200, 300, "EUR", "day")),
    ([MONEY | {"value": {"value": 700, "unitText": "WEEK"}}], (700, 700, "EUR", "week")),
    (MONEY | {"value": {"value": "£12.60 per hour", "unitText": "YEAR"}}, (None, None, None, None)),
    (MONEY | {"value": {"value": "negotiable", "unitText": "YEAR"}}, (None, None, None, None)),
    (MONEY | {"value": {"value": 0, "unitText": "YEAR"}}, (None, None, None, None)),
    ("competitive", (None, None, None, None)),
    (41000, (41000, 41000, None, None)),
    ({"currency": "€", "value": {"value": 41000, "unitText": "ANN"}}, (41000, 41000, "EUR", None)),
]


@pytest.mark.parametrize(("salary", "expected"), PAY)
def test_pay_in_every_form(salary: Any, expected: tuple[Any, ...]) -> None:
    found = row(baseSalary=salary)
    assert tuple(found.get(f"pay_{name}") for name in ("min", "max", "currency", "period")) == expected
    assert found.get("pay_kind") == ("base" if expected[0] else None)


def test_a_text_that_names_a_period_is_believed_over_the_unit() -> None:
    salary = MONEY | {"value": {"minValue": 12, "maxValue": 13, "value": "£12 to £13 per hour", "unitText": "YEAR"}}
    found = row(baseSalary=salary)
    assert found["pay_period"] == "hour"
    assert found["pay_text"] == "£12 to £13 per hour"


def test_an_estimated_salary_is_an_estimate_and_yields_to_a_stated_one() -> None:
    estimate = MONEY | {"value": {"minValue": 1, "maxValue": 2, "unitText": "YEAR"}}
    assert row(estimatedSalary=[estimate])["pay_kind"] == "estimated"
    assert row(estimatedSalary=[estimate], baseSalary=41000)["pay_kind"] == "base"


FRENCH = {"addressLocality": "A", "addressCountry": {"name": "FR"}}
PLACES: list[tuple[dict[str, Any], list[str], str | None]] = [
    ({"jobLocation": "Leeds"}, ["Leeds"], None),
    ({"jobLocation": {"address": "Leeds, UK"}}, ["Leeds, UK"], None),
    ({"jobLocation": {"address": {"addressLocality": "Leeds", "addressCountry": "gb"}}}, ["Leeds, gb"], "GB"),
    ({"jobLocation": [{"address": [FRENCH]}, {"name": "B"}]}, ["A, FR", "B"], None),
    ({"jobLocationType": "TELECOMMUTE", "applicantLocationRequirements": [{"name": "Peru"}]}, ["Peru"], None),
    ({}, [], None),
]


@pytest.mark.parametrize(("properties", "places", "country"), PLACES)
def test_places_in_every_form(properties: dict[str, Any], places: list[str], country: str | None) -> None:
    found = row(**properties)
    assert (found["places"], found["country_hint"]) == (places, country)


def test_no_value_of_any_type_breaks_a_page() -> None:
    names = "title url identifier hiringOrganization jobLocation baseSalary estimatedSalary datePosted validThrough"
    more = "employmentType skills industry experienceRequirements description responsibilities occupationalCategory"
    odd: list[Any] = [
        None,
        True,
        0,
        -3,
        2.5,
        "",
        "x",
        [],
        [None],
        [[]],
        {},
        {"name": []},
        {"value": {}},
        [{"value": [1]}],
    ]
    for name in [*names.split(), *more.split()]:
        for value in odd:
            body = json.dumps(JOB | {name: value}).encode()
            parsed = CONNECTOR.parse(spec(), NOW.date(), Page("GET https://x.invalid/1", body, "ok"))
            assert len(parsed.rows["postings"]) + len(parsed.rejects) == 1, (name, value)


def fetched(peer: Peer, **options: Any) -> list[Page]:
    source = SourceSpec(name="pages", connector="jsonld", options=peer.options | options)
    with client(HttpSettings(network="on"), httpx.MockTransport(peer.answer), sleep=lambda _: None) as http:
        return list(CONNECTOR.fetch(source, NOW.date(), Fetcher(http, None, NOW)))


def test_a_sitemap_gives_the_pages_that_match_and_robots_is_asked_once() -> None:
    peer = Peer("jsonld")
    pages = fetched(peer)
    assert [page.outcome for page in pages] == ["ok", "ok", "ok", "empty"]
    paths = [request.url.path for request in peer.asked]
    assert paths == ["/robots.txt", "/sitemap.xml", "/jobs/1", "/jobs/2", "/jobs/gone"]
    assert peer.asked[2].url.params["lang"] == "en"


def test_robots_txt_is_obeyed_page_by_page() -> None:
    def rules(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        text = "User-agent: payband\nDisallow: /jobs/1"
        return httpx.Response(200, text=text) if request.url.path == "/robots.txt" else response

    peer = Peer("jsonld", change=rules)
    pages = fetched(peer)
    assert pages[1].outcome == "refused"
    assert "robots.txt" in pages[1].detail
    assert "/jobs/1" not in [request.url.path for request in peer.asked]


def test_sitemaps_may_be_packed_nested_and_circular() -> None:
    below = "<sitemap><loc>{0}/sitemap.xml</loc></sitemap><sitemap><loc>{0}/jobs.xml.gz</loc></sitemap>"
    index = f"<sitemapindex>{below}</sitemapindex>"
    jobs = "<urlset><url><loc>{0}/jobs/2</loc></url></urlset>"

    def site(request: httpx.Request, response: httpx.Response) -> httpx.Response:
        server = f"http://{request.url.host}"
        if request.url.path == "/sitemap.xml":
            return httpx.Response(200, text=index.format(server))
        if request.url.path == "/jobs.xml.gz":
            return httpx.Response(200, content=gzip.compress(jobs.format(server).encode()))
        return response

    pages = fetched(Peer("jsonld", change=site))
    assert [page.outcome for page in pages] == ["ok", "ok", "ok"]
    assert [bool(CONNECTOR.parse(spec(), NOW.date(), page).rows) for page in pages] == [False, False, True]


def test_more_pages_than_allowed_are_counted() -> None:
    pages = fetched(Peer("jsonld"), max_pages=1)
    assert pages[-1].detail == "incomplete: stopped at max_pages=1; 2 are left"


def test_single_pages_need_no_sitemap_and_one_without_a_job_is_empty() -> None:
    pages = fetched(Peer("jsonld"), sitemaps=[], urls=["/jobs/2", "/sitemap.xml"])
    assert [page.outcome for page in pages] == ["ok", "empty"]
    found = CONNECTOR.parse(spec(), NOW.date(), pages[0]).rows["postings"][0]
    assert found["source_posting_id"] == found["url"] == "http://recorded.invalid/jobs/2"
    assert found["description"] == "Two lines\nin one string."
    assert found["posted_on"] == date(2026, 11, 5)


@pytest.mark.parametrize("options", [{}, {"urls": ["/x"], "match": "("}])
def test_options_that_cannot_work_are_named(options: dict[str, Any]) -> None:
    source = SourceSpec(name="pages", connector="jsonld", options=options)
    with pytest.raises(BadInput, match=r"urls or sitemaps|regular expression"):
        CONNECTOR.read(source)
