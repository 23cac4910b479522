"""The partner connector against recorded shapes: keys stay out of what lands, answers become statistics."""

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from ingestion.canonical import conform
from ingestion.connector import Fetcher, MalformedPage, Page
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.errors import BadInput, Permanent

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)
ANSWERS: dict[str, Any] = {
    "glassdoor": {"success": True, "response": {"jobTitle": "baker", "payMedian": 41000, "payCurrencyCode": "USD"}},
    "payscale": {
        "payRanges": [
            {
                "title": "Baker", "location": "Seattle, WA", "country": "US", "currency": "USD",
                "percentiles": {"p10": 31000, "p50": 41000, "p90": 60000},
            }
        ]
    },
    "salary_com": {
        "jobs": [
            {
                "jobCode": "FD0001", "jobTitle": "Baker", "geoName": "Seattle, WA", "country": "US",
                "currencyCode": "USD", "base": {"percentile50": 41000},
            }
        ]
    },
}  # fmt: skip


def spec(provider: str, **more: Any) -> SourceSpec:
    options = {
        "provider": provider, "licensed": True, "key": "${PARTNER_KEY}", "partner": "${PARTNER_ID}",
        "titles": ["Baker", "Cook"], "places": ["Seattle, WA"],
    }  # fmt: skip
    return SourceSpec(name="partner", connector="partner_api", options=options | more)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_KEY", "k3y")
    monkeypatch.setenv("PARTNER_ID", "p4rt")


def fetched(provider: str, answer: httpx.Response, **more: Any) -> tuple[list[httpx.Request], list[Page]]:
    asked: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(answer.status_code, content=answer.content)

    with httpx.Client(transport=httpx.MockTransport(reply)) as http:
        source = spec(provider, **more)
        return asked, list(connector("partner_api").fetch(source, DAY, Fetcher(http, None, NOW)))


@pytest.mark.parametrize("provider", sorted(ANSWERS))
def test_answers_become_statistics_of_what_was_asked(provider: str) -> None:
    asked, pages = fetched(provider, httpx.Response(200, json=ANSWERS[provider]))
    assert [page.outcome for page in pages] == ["ok", "ok"]
    assert all("k3y" in f"{request.url}{list(request.headers.values())}" for request in asked)
    parsed = connector("partner_api").parse(spec(provider), DAY, pages[0])
    rows = conform("wage_statistics", parsed.rows["wage_statistics"], "partner", DAY, "p").rows.to_dicts()
    assert [(row["annual_median"], row["currency"], row["year"], row["area_code"]) for row in rows] == [
        (41000.0, "USD", 2026, "Seattle, WA")
    ]
    assert rows[0]["occupation_code"].startswith(f"{provider}:")


@pytest.mark.parametrize("provider", sorted(ANSWERS))
def test_keys_are_in_no_landed_page(provider: str) -> None:
    _, pages = fetched(provider, httpx.Response(403, json={"error": "denied"}))
    assert [page.outcome for page in pages] == ["refused", "refused"]
    assert not any(secret in repr(page) for page in pages for secret in ("k3y", "p4rt"))


def test_an_answer_that_did_not_succeed_is_a_reject() -> None:
    _, pages = fetched("glassdoor", httpx.Response(200, json={"success": False, "status": "Access-Denied"}))
    parsed = connector("partner_api").parse(spec("glassdoor"), DAY, pages[0])
    assert [reason for _, reason, _, _ in parsed.rejects] == ["refused_by_source"]


def test_another_shape_is_malformed() -> None:
    page = Page("GET https://api.payscale.com/v1/pay-ranges?title=Baker", json.dumps({"items": []}).encode(), "ok")
    with pytest.raises(MalformedPage, match="payRanges"):
        connector("partner_api").parse(spec("payscale"), DAY, page)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"licensed": False}, "when your contract covers this use"),
        ({"titles": []}, "titles"),
        ({"provider": "acme"}, "provider"),
        ({"profile": "/nowhere.yaml"}, "is not a profile"),
    ],
)
def test_what_is_missing_is_said(more: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        fetched(more.pop("provider", "payscale"), httpx.Response(200), **more)


def test_no_key_is_said_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARTNER_KEY")
    with pytest.raises(Permanent, match=r"\$\{PARTNER_KEY\} is not set"):
        fetched("payscale", httpx.Response(200))
