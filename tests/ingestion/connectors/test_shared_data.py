"""Answers that the sources really gave, parsed as they are: counts and what is known of their fields."""

import gzip
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingestion.canonical import conform
from ingestion.connector import Fetcher, Page
from ingestion.connectors.live import ask
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.http import HttpSettings, client

DAY = date(2026, 11, 21)
BOARD = {"boards": {"board": "The Employer"}}
KEYS = {"country": "gb", "app_id": "${NO_ID}", "app_key": "${NO_KEY}"}
LISTED = {"details": False}

# file below raw_api, kind, options, rows
FILES: list[tuple[str, str, dict[str, Any], int]] = [
    ("greenhouse/anthropic_2025-10-15_list_reserialised.json.gz", "greenhouse", BOARD, 211),
    ("greenhouse/anthropic_2026-04-08_list_reserialised.json.gz", "greenhouse", BOARD, 424),
    ("greenhouse/deepmind_2025-10-15_list_reserialised.json.gz", "greenhouse", BOARD, 70),
    ("greenhouse/deepmind_2026-04-08_list_reserialised.json.gz", "greenhouse", BOARD, 88),
    ("greenhouse/gitlab_jobs_content_true.json", "greenhouse", BOARD, 2),
    ("greenhouse/inflection_ai_2025-10-15_list_reserialised.json.gz", "greenhouse", BOARD, 6),
    ("greenhouse/perplexity_ai_2025-10-15_list_reserialised.json.gz", "greenhouse", BOARD, 63),
    ("greenhouse/runway_2025-10-15_list_reserialised.json.gz", "greenhouse", BOARD, 19),
    ("greenhouse/scale_ai_2025-10-15_list_reserialised.json.gz", "greenhouse", BOARD, 116),
    ("greenhouse/scale_ai_2026-04-08_list_reserialised.json.gz", "greenhouse", BOARD, 166),
    ("ashby/linear_job_board.json", "ashby", BOARD, 2),
    ("ashby/openai_2025-10-15_list_reserialised.json.gz", "ashby", BOARD, 360),
    ("ashby/openai_2026-04-08_list_reserialised.json.gz", "ashby", BOARD, 548),
    ("lever/matchgroup_postings.json", "lever", BOARD, 2),
    ("hunt_fixtures/arbeitnow.json", "arbeitnow", {}, 2),
    ("hunt_fixtures/hackernews.json", "hackernews", {}, 3),
    ("hunt_fixtures/himalayas.json", "himalayas", {}, 2),
    ("hunt_fixtures/recruitee_first_offer_trimmed.json", "recruitee", BOARD, 1),
    ("hunt_fixtures/remoteok.json", "remoteok", {}, 2),
    ("hunt_fixtures/remotive.json", "remotive", {}, 2),
    ("hunt_fixtures/smartrecruiters.json", "smartrecruiters", BOARD | LISTED, 2),
    ("hunt_fixtures/workday.json", "workday", {"boards": ["board.wd5/Site"]} | LISTED, 2),
    ("adzuna/gb_search_50_renested_from_flat.json", "adzuna", KEYS, 50),
    ("schema_org_jobposting/915390428.json", "jsonld", {"urls": ["/x"]}, 1),
    ("schema_org_jobposting/916156699.json", "jsonld", {"urls": ["/x"]}, 1),
    ("schema_org_jobposting/916198247.json", "jsonld", {"urls": ["/x"]}, 1),
    ("schema_org_jobposting/nhs_jobposting_41_docs.jsonl", "jsonld", {"urls": ["/x"]}, 41),
]


def rows_of(folder: Path, name: str, kind: str, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The canonical rows of one file; none of its records may be rejected."""
    body = (folder / "raw_api" / name).read_bytes()
    page = Page("GET https://recorded.invalid/x", gzip.decompress(body) if name.endswith(".gz") else body, "ok")
    parsed = connector(kind).parse(SourceSpec(name="shared", connector=kind, options=options), DAY, page)
    conformed = conform("postings", parsed.rows["postings"], "shared", DAY, "page")
    assert not parsed.rejects
    assert conformed.rejected.is_empty(), conformed.rejected["detail"].to_list()
    return conformed.rows.to_dicts()


def rows_named(folder: Path, name: str) -> list[dict[str, Any]]:
    return next(rows_of(folder, f, kind, options) for f, kind, options, _ in FILES if f.endswith(name))


@pytest.mark.parametrize(("name", "kind", "options", "count"), FILES, ids=[entry[0] for entry in FILES])
def test_every_record_becomes_a_row(
    shared_data: Path, name: str, kind: str, options: dict[str, Any], count: int
) -> None:
    rows = rows_of(shared_data, name, kind, options)
    assert len(rows) == count
    assert len({row["source_posting_id"] for row in rows}) == count
    assert all(row["posted_on"] is None or date(2014, 1, 1) <= row["posted_on"] <= DAY for row in rows)
    for row in rows:
        assert not any(mark in (row["description"] or "") + row["title"] for mark in ("&lt;", "&nbsp;", "</", "<p"))


def test_every_folder_that_a_connector_reads_is_covered(shared_data: Path) -> None:
    """hh_ru and scraped_boards have no connector: dumps of them go through the files connector."""
    there = {
        str(path.relative_to(shared_data / "raw_api"))
        for path in (shared_data / "raw_api").rglob("*")
        if path.is_file() and path.parent.name not in ("hh_ru", "scraped_boards")
    }
    assert there == {name for name, *_ in FILES}


def test_greenhouse_gives_places_dates_and_plain_text(shared_data: Path) -> None:
    row = rows_named(shared_data, "gitlab_jobs_content_true.json")[0]
    assert row["employer"] == "GitLab"
    assert row["places"] == ["Remote, Italy"]
    assert row["posted_on"] == date(2026, 4, 17)
    assert row["requisition_id"] == "6263"
    assert row["ats_id"] == "greenhouse:8503792002"
    assert len(row["description"]) > 3000


def test_lever_gives_stated_base_pay(shared_data: Path) -> None:
    paid, unpaid = rows_named(shared_data, "matchgroup_postings.json")
    assert (paid["pay_min"], paid["pay_max"], paid["pay_currency"]) == (150000, 180000, "USD")
    assert (paid["pay_period"], paid["pay_kind"], paid["country_hint"]) == ("year", "base", "US")
    assert unpaid["pay_min"] is None
    assert unpaid["country_hint"] == "KR"


def test_ashby_keeps_its_summary_of_pay_as_text(shared_data: Path) -> None:
    rows = rows_named(shared_data, "openai_2026-04-08_list_reserialised.json.gz")
    assert sum(row["pay_text"] is not None for row in rows) == 429
    assert all(row["pay_min"] is None for row in rows)


def test_remote_ok_is_mended(shared_data: Path) -> None:
    titles = [row["title"] for row in rows_named(shared_data, "remoteok.json")]
    assert any("á" in title and "ó" in title for title in titles)
    assert not any("Ã" in title for title in titles)


def test_adzuna_estimates_are_marked(shared_data: Path) -> None:
    rows = rows_named(shared_data, "gb_search_50_renested_from_flat.json")
    kinds = Counter((row["pay_kind"], row["pay_min"] is not None) for row in rows)
    assert kinds[("estimated", True)] > 0
    assert kinds[(None, True)] > 0
    assert {row["pay_currency"] for row in rows if row["pay_min"]} == {"GBP"}
    assert not any("strong" in row["title"] for row in rows)


def test_schema_org_pay_texts_are_kept_where_they_are_no_numbers(shared_data: Path) -> None:
    rows = rows_named(shared_data, "nhs_jobposting_41_docs.jsonl")
    paid = [row for row in rows if row["pay_min"] is not None]
    assert paid
    assert all(row["pay_currency"] == "GBP" and row["pay_kind"] == "base" for row in paid)
    assert any(row["pay_text"] and row["pay_min"] is None for row in rows)


def test_a_real_refusal_is_a_refused_page(shared_data: Path) -> None:
    body = (shared_data / "raw_api" / "hh_ru" / "error_forbidden.json").read_bytes()
    transport = httpx.MockTransport(lambda _: httpx.Response(403, content=body))
    with client(HttpSettings(network="on"), transport) as http:
        page = ask(Fetcher(http, None, datetime(2026, 11, 21, tzinfo=UTC)), "https://api.invalid/vacancies")
    assert (page.outcome, page.status, page.body) == ("refused", 403, body)
