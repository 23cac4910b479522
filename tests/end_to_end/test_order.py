"""A market of more than a year as files: whatever their names and order of rows, every mart says the same."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest
import yaml

from ingestion.synthetic import Market
from ingestion.synthetic.connector import RENAMED
from ingestion.synthetic.feed import pages
from kit.clock import fixed_clock
from kit.releases import Release, open_release
from kit.store import Store
from orchestration.installation import Installation
from orchestration.run import run_pipeline

pytestmark = [pytest.mark.deep, pytest.mark.timeout(1800), pytest.mark.filterwarnings("ignore")]

LAST = date(2026, 6, 30)
DAYS = 400  # a year, four weeks to compare with the year before, and a week to spare
MARKET = Market.sized(9000, LAST - timedelta(DAYS - 1), LAST, seed=8, text_bytes=800)
BOARDS = ("a", "b")
# Growth within matched cells takes more postings than this market has; nobody here gives official statistics.
WITHOUT_FIGURES = ["mart_pay_growth", "mart_pay_vs_official", "mart_wage_statistics"]
STEPS: dict[str, list[Any]] = {
    **{name: ["number"] for name in ("pay_min", "pay_max")},
    **{name: [{"date": ["%Y-%m-%d"]}] for name in ("posted_on", "closes_on")},
}
MAPPING = {
    "about": "The lines of a synthetic board, each with the day on which the board showed it.",
    "frame": "postings",
    "capture": {"value": {"column": "shown", "steps": [{"date": ["%Y-%m-%d"]}]}},
    "columns": {
        column: {"column": field, "optional": True, "steps": STEPS.get(column, [])} for field, column in RENAMED.items()
    },
}


def lines(board: str) -> Iterator[bytes]:
    for day in MARKET.days:
        for page in pages(MARKET, board, day):
            for line in page.splitlines():
                yield orjson.dumps(orjson.loads(line) | {"shown": day})


@pytest.fixture(scope="module")
def boards() -> dict[str, list[bytes]]:
    return {board: list(lines(board)) for board in BOARDS}


def sources(folder: Path) -> Path:
    rights = {"aggregates": True, "attribution": "a synthetic board"}
    listed = [
        {
            "name": f"board_{board}",
            "connector": "files",
            "rights": rights,
            "options": {"path": f"{board}/*.jsonl", "mapping": MAPPING},
        }
        for board in BOARDS
    ]
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": listed}))
    return path


def write(data: Path, boards: dict[str, list[bytes]], files: int) -> None:
    """The boards' lines dealt to so many files each, under other names than for another number of files."""
    for board, lines in boards.items():
        folder = data / board
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for start in range(files):
            name = f"{random.Random(f'{board} {files} {start}').getrandbits(32):x}.jsonl"
            (folder / name).write_bytes(b"\n".join(lines[start::files]))


def run(folder: Path, first: date | None = None) -> Release:
    clock = fixed_clock(datetime(2026, 7, 1, tzinfo=UTC))
    made = Installation(Store(folder / "store"), sources(folder), folder / "data", workers=2, clock=clock)
    report = run_pipeline(made, first)
    assert not report.failed, report.failed
    assert not report.gates_failed
    return open_release(made.store.releases)


def test_every_mart_is_the_same(tmp_path: Path, boards: dict[str, list[bytes]]) -> None:
    plain, shuffled = tmp_path / "plain", tmp_path / "shuffled"
    write(plain / "data", boards, files=1)
    wanted = run(plain)
    chance = random.Random(4)
    for files, first in ((1, LAST - timedelta(DAYS // 2)), (2, None)):
        dealt = {board: chance.sample(lines, len(lines)) for board, lines in boards.items()}
        write(shuffled / "data", dealt, files)
        again = run(shuffled, first)
    assert again.sealed.content == wanted.sealed.content, differing(wanted, again)
    assert without_figures(wanted) == WITHOUT_FIGURES


def differing(wanted: Release, again: Release) -> list[str]:
    return [name for name, entry in wanted.sealed.files.items() if again.sealed.files.get(name) != entry]


def without_figures(release: Release) -> list[str]:
    """The marts whose sameness says nothing: no row of theirs gives a figure."""
    empty = []
    for name in sorted(release.sealed.tables):
        table = pl.read_parquet(release.table(name))
        given = table.filter(pl.col("reason").is_null()) if "reason" in table.columns else table
        empty += [name] if given.is_empty() else []
    return empty
