"""JobSpy in its own process, played by a module of the same name on the worker's path."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ingestion.connector import Fetcher, Page
from ingestion.connectors.jobspy.connector import CONNECTOR
from ingestion.sources import SourceSpec
from kit.errors import BadInput, Permanent
from kit.http import NetworkOff

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[3]
FETCHER = Fetcher(httpx.Client(), None, NOW)

# The real one returns a pandas frame with these columns, prints, and logs what a board refuses.
FAKE = """
import json, os, sys

class Table:
    def __init__(self, rows):
        self.rows = rows

    def to_json(self, orient, date_format):
        assert (orient, date_format) == ("records", "iso")
        return json.dumps(self.rows)

def scrape_jobs(site_name, search_term, **more):
    print("noise on standard output")
    if search_term == "crash":
        raise RuntimeError("the board answered 403")
    if search_term == "nothing":
        print("429 from the board", file=sys.stderr)
        return Table([])
    if search_term == "slow":
        import time
        time.sleep(30)
    job = {"id": "a1", "site": site_name[0], "job_url": "https://board.example/a1", "job_url_direct": None,
           "title": "Ma\\u00e7on", "company": "Pierre", "location": "Lyon, France", "date_posted": "2026-11-19",
           "job_type": "fulltime", "salary_source": "direct_data", "interval": "yearly", "min_amount": 30000.0,
           "max_amount": 36000.0, "currency": "USD", "is_remote": False, "emails": "someone@pierre.example",
           "description": "**Work** with stone", "secret": os.environ.get("PAYBAND_TEST_KEY")}
    return Table([job, job | {"id": "a2", "salary_source": "description"}])
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jobspy.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    monkeypatch.setenv("PAYBAND_TEST_KEY", "s3cr3t-value")


def spec(**options: Any) -> SourceSpec:
    return SourceSpec(
        name="boards", connector="jobspy", options={"site_name": ["indeed"], "search_term": "x"} | options
    )


def pages(**options: Any) -> list[Page]:
    return list(CONNECTOR.fetch(spec(**options), NOW.date(), FETCHER))


@pytest.mark.usefixtures("installed")
def test_a_board_is_a_page_and_only_its_own_pay_counts() -> None:
    found = pages(site_name=["indeed", "linkedin"])
    assert [page.outcome for page in found] == ["ok", "ok"]
    indeed, linkedin = (CONNECTOR.parse(spec(), NOW.date(), page).rows["postings"] for page in found)
    assert [row["source_posting_id"] for row in indeed] == ["indeed:a1", "indeed:a2"]
    assert (indeed[0]["pay_min"], indeed[0]["pay_currency"], indeed[0]["pay_period"]) == (30000, "USD", "year")
    assert "pay_min" not in indeed[1]
    assert linkedin[0]["pay_text"] == "$30,000 - 36,000 per year"
    assert "pay_currency" not in linkedin[0]
    assert "pierre.example" not in str(indeed)


@pytest.mark.usefixtures("installed")
def test_the_worker_is_given_none_of_our_secrets() -> None:
    assert b'"secret": null' in pages()[0].body


@pytest.mark.usefixtures("installed")
def test_what_goes_wrong_in_the_worker_is_an_outcome() -> None:
    (crashed,) = pages(search_term="crash")
    assert (crashed.outcome, crashed.detail) == ("failed", "JobSpy ended with 1: RuntimeError: the board answered 403")
    (nothing,) = pages(search_term="nothing")
    assert (nothing.outcome, nothing.detail) == ("empty", "429 from the board")
    (slow,) = pages(search_term="slow", time_out_s=1)
    assert (slow.outcome, slow.detail) == ("failed", "JobSpy took over 1 s")


def test_without_the_extra_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if it were missing, also where it is not: the real one must not be started here.
    (tmp_path / "jobspy.py").write_text("raise ModuleNotFoundError(name='jobspy')")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{ROOT}")
    with pytest.raises(Permanent, match=r"pip install 'payband\[scraping\]'"):
        pages()


def test_the_kill_switch_holds_for_other_processes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYBAND_NETWORK", "off")
    with pytest.raises(NetworkOff):
        pages()


def test_an_unknown_board_is_named() -> None:
    with pytest.raises(BadInput, match="site_name"):
        CONNECTOR.read(spec(site_name=["monster"]))
