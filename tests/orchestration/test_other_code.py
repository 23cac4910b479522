"""A release of another version: made again by a checkout of it, and compared with one of ours."""

import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
import yaml

from ingestion.synthetic import Market, market_sources
from tests.orchestration.tiny import FIRST

pytestmark = [pytest.mark.deep, pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore")]
ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__")


def payband(folder: Path, *arguments: object, code: int = 0) -> dict[str, object]:
    """Run the command line of the checkout in `folder`; what it printed as JSON."""
    command = [sys.executable, "-W", "ignore", "-m", "cli", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stdout + done.stderr
    told: dict[str, object] = orjson.loads(done.stdout) if done.stdout else {"stderr": done.stderr}
    return told


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose quality rule asks for fewer observations and whose clustering is told by another version."""
    folder = tmp_path_factory.mktemp("older") / "payband"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    quality = folder / "estimation" / "quality.py"
    changed = quality.read_text().replace("MIN_OBSERVATIONS = 10", "MIN_OBSERVATIONS = 8")
    assert changed != quality.read_text()
    quality.write_text(changed)
    scoring = folder / "ingestion" / "openings" / "scoring.py"
    scoring.write_text(scoring.read_text() + "\n# of an older version\n")
    return folder


def test_a_release_of_older_rules(older: Path, tmp_path: Path) -> None:
    market = Market(first_day=FIRST, last_day=FIRST, postings_per_day=1500, seed=5, text_bytes=800)
    sources, store = tmp_path / "sources.yaml", tmp_path / "store"
    sources.write_text(yaml.safe_dump(market_sources(market).model_dump(mode="json", exclude_none=True)))
    before = payband(older, "run", "--store", store, "--sources", sources)["release"]
    after = payband(ROOT, "run", "--store", store, "--sources", sources)["release"]
    assert before != after

    refused = payband(ROOT, "releases", "recompute", before, "--store", store, code=2)
    assert "methods, openings" in str(refused["stderr"])
    again = payband(ROOT, "releases", "recompute", before, "--store", store, "--code", older)
    assert again["same"] is True

    together = payband(ROOT, "releases", "diff", before, after, "--store", store)
    assert together["causes"] == ["method+deduplication"]
    apart = payband(ROOT, "releases", "diff", before, after, "--store", store, "--code", older)
    assert apart["causes"] == ["method"]  # the other clustering is the same but for its name
    assert not list(store.glob(".again-*"))
