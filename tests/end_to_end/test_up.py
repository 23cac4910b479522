"""`payband up` over real sources: examples/live.yaml with every host on 127.0.0.1."""

import os
import subprocess
import sys

import polars as pl
import pytest
import yaml

from ingestion.counts import totals
from kit.releases import current_release, verify_release
from kit.store import Store
from normalisation.reference import load
from tests.end_to_end.live_boards import JOBS_A_BOARD, LIVE, served

pytestmark = pytest.mark.timeout(900)  # a whole market is read and measured
ONLY_HERE = {  # whatever is not on this machine fails at once, instead of being asked
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "PAYBAND_HTTP_SPACING_S": "0",
    "PAYBAND_HTTP_TRIES": "1",
}


Answered = tuple[Store, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """The store and what `up --once` said, on an empty store."""
    folder = tmp_path_factory.mktemp("up")
    store = Store(folder / "store")
    with served(folder) as sources:
        command = [sys.executable, "-m", "cli", "up", "--once", "--no-ui"]
        done = subprocess.run(
            [*command, "--store", str(store.root), "--sources", str(sources)],
            env={**os.environ, **ONLY_HERE},
            capture_output=True,
            text=True,
            check=False,
        )
    return store, done


def test_a_first_question_is_answered_with_real_figures(answered: Answered) -> None:
    _, done = answered
    assert done.returncode == 0, done.stderr
    assert "What do postings for Software Developers in New York" in done.stdout, done.stdout + done.stderr
    assert "USD" in done.stdout
    assert "DEMO" not in done.stdout


def test_every_source_that_is_not_paused_was_read_to_the_last_record(answered: Answered) -> None:
    store, _ = answered
    live = yaml.safe_load(LIVE.read_text())["sources"]
    counts = totals(store)
    assert set(counts["source"]) == {source["name"] for source in live if not source.get("paused")}
    assert counts.filter(pl.col("landed") != pl.sum_horizontal("canonical", "rejected", "repeats")).is_empty()
    assert counts["canonical"].min() > 0
    boards = next(source["options"]["boards"] for source in live if source["name"] == "greenhouse_boards")
    assert counts.filter(source="greenhouse_boards")["canonical"].to_list() == [len(boards) * JOBS_A_BOARD]


def test_the_release_is_sealed_real_and_made_with_the_named_taxonomy(answered: Answered) -> None:
    store, _ = answered
    release = current_release(store.releases)
    assert release is not None
    assert verify_release(store.releases, release.id) == []
    assert release.facts["demo"] is False
    official = pl.read_parquet(release.table("mart_wage_statistics"))
    assert official["annual_median"].to_list() == [121_000]
    assert load(store.reference / "taxonomy").titles.code("Tide coder").method == "exact"
