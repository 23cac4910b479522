"""JobSpy, an optional scraper of job boards, in a process of its own with a bare environment."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from typing import Literal

import orjson
from pydantic import Field

from ingestion.connector import Fetcher, Page, Parsed
from ingestion.connectors.documents import list_at, load_json, postings
from ingestion.connectors.jobspy.parse import posting
from ingestion.connectors.jobspy.worker import MISSING
from ingestion.connectors.live import LiveConnector, SourceOptions
from kit.errors import Permanent
from kit.http import HttpSettings, NetworkOff

Board = Literal["indeed", "linkedin", "glassdoor", "google", "zip_recruiter", "bayt", "naukri", "bdjobs"]
# What a foreign program needs to run and to reach the network; our keys are none of it.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
)


class Options(SourceOptions):
    site_name: tuple[Board, ...] = Field(min_length=1)
    search_term: str = Field(min_length=1)
    location: str = ""
    country_indeed: str = "usa"  # JobSpy's name of the country whose Indeed and Glassdoor are asked
    results_wanted: int = Field(default=100, gt=0, le=1000)  # a board at a time
    hours_old: int | None = Field(default=None, gt=0)
    time_out_s: float = Field(default=600, gt=0)


class JobSpy(LiveConnector[Options]):
    kind = "jobspy"
    options = Options

    def pages(self, options: Options, fetcher: Fetcher) -> Iterator[Page]:
        """One page a board, so that a board that refuses does not cost the others."""
        if HttpSettings.read().network == "off":
            raise NetworkOff("the network is switched off (PAYBAND_NETWORK=off): JobSpy was not started")
        for board in options.site_name:
            yield _run(_question(options, board), options.time_out_s, fetcher)

    def records(self, options: Options, page: Page, day: date) -> Parsed:
        return postings(list_at(load_json(page)), posting)


def _question(options: Options, board: str) -> dict[str, object]:
    """The arguments of JobSpy's one function."""
    asked = options.model_dump(exclude={"time_out_s", "site_name"}, exclude_none=True)
    return {"site_name": [board], **{name: value for name, value in asked.items() if value != ""}}


def _run(question: dict[str, object], time_out_s: float, fetcher: Fetcher) -> Page:
    """One board's answer as JSON. Raises Permanent where the extra is not installed."""
    request = f"jobspy {orjson.dumps(question, option=orjson.OPT_SORT_KEYS).decode()}"
    command = [sys.executable, "-m", "ingestion.connectors.jobspy.worker"]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        done = subprocess.run(
            command, input=orjson.dumps(question), capture_output=True, timeout=time_out_s, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return Page(request, b"", "failed", fetched_at=fetcher.now, detail=f"JobSpy took over {time_out_s:g} s")
    if done.returncode == MISSING:
        raise Permanent("JobSpy is not installed: it is the optional extra, pip install 'payband[scraping]'")
    if done.returncode != 0:
        detail = f"JobSpy ended with {done.returncode}: {_last_words(done) or 'it said nothing'}"
        return Page(request, b"", "failed", fetched_at=fetcher.now, detail=detail)
    if done.stdout.strip() == b"[]":
        # JobSpy logs a board's refusal and returns an empty table: what it logged is the only trace.
        detail = _last_words(done) or "no results"
        return Page(request, done.stdout, "empty", fetched_at=fetcher.now, detail=detail)
    return Page(request, done.stdout, "ok", media_type="application/json", fetched_at=fetcher.now)


def _last_words(done: subprocess.CompletedProcess[bytes]) -> str:
    """The last line on standard error."""
    return next(reversed(done.stderr.decode("utf-8", "replace").strip().splitlines()), "")


CONNECTOR = JobSpy()
