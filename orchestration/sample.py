"""The sample release, from which test keys are answered: a small synthetic market, the same on every machine.

Seed, days, size and clock are fixed, so the same code gives the same figures whenever and wherever it is built. It is
built in a store of its own, which afterwards holds the release and nothing else.
"""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

from ingestion.synthetic import Market, market_sources
from kit.clock import fixed_clock
from kit.environment import environment
from kit.errors import Permanent
from kit.files import write_whole
from kit.releases import current_id
from kit.store import Store
from orchestration.installation import Installation
from orchestration.run import Progress, quiet, run_pipeline

LAST = date(2025, 12, 31)
DAYS = 120  # a base of four weeks for indices, and thirteen to compare with it
POSTINGS = 9_000
SEED = 2_026
BOARDS = ("a", "b")  # two show what clustering does
TEXT_BYTES = 900
CLOCK = fixed_clock(datetime(2026, 1, 1, tzinfo=UTC))
KEPT = "releases"
EMBEDDED = {"PAYBAND_ENGINE": "duckdb", "PAYBAND_WAREHOUSE_URL": ""}  # whatever the installation's own warehouse is


def build_sample(store: Store, workers: int = 2, progress: Progress = quiet) -> str:
    """Build the sample of an installation and return the release's id; one that is there already stays as it is.

    A build that was interrupted goes on where it stopped. Raises Permanent when a step or a gate fails, Busy while
    another process builds.
    """
    sample = store.sample
    there = current_id(sample.releases)
    if there is not None:
        return there
    with environment(EMBEDDED):
        report = run_pipeline(Installation(sample, _sources(sample), workers=workers, clock=CLOCK), progress=progress)
    faults = [f"{step}: {why}" for step, why in report.failed.items()] + report.gates_failed
    if faults or report.release is None:
        raise Permanent(f"the sample was not built: {'; '.join(faults) or 'nothing was published'}")
    _keep_the_release(sample)
    return report.release


def _sources(sample: Store) -> Path:
    market = Market.sized(POSTINGS, LAST - timedelta(DAYS - 1), LAST, seed=SEED, text_bytes=TEXT_BYTES)
    told = market_sources(market, BOARDS).model_dump(mode="json", exclude_none=True)
    path = sample.root / "sources.yaml"
    write_whole(path, yaml.safe_dump(told).encode())
    return path


def _keep_the_release(sample: Store) -> None:
    """What only the building needed is larger than the release."""
    with sample.writing():
        for path in sample.root.iterdir():
            if path.is_dir() and path.name != KEPT:
                shutil.rmtree(path)
