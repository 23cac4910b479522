"""`payband bench pipeline`: from landing to a sealed release on the synthetic market.

Each size runs in a process of its own, with peak memory over all its processes. Times leave out the start of the
process and the time in which the synthetic boards draw their pages: neither is the pipeline's work. One more day is the
median of three.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measure import Measure, at_most
from bench.processes import Outcome, measured

FULL = 1_000_000  # postings; the other sizes are a tenth and three tenths of it
WORKER = "bench.pipeline_worker"
PEAK_BYTES = 4e9
GROWTH = 1.1  # of the ratio of times over the ratio of sizes
ONE_DAY_TO_CORE, ONE_DAY_TO_RELEASE = 0.05, 0.30
ORCHESTRATION = 1.25


def run(size: int = FULL, text_bytes: int = 2000) -> Iterator[Measure]:
    """The measures for `size` postings with descriptions of about `text_bytes`, as they become known."""
    small, middle = size // 10, size * 3 // 10
    least = _orchestrated(small, text_bytes).said
    half = _orchestrated(middle, text_bytes).said
    direct = _worker("direct", middle, text_bytes).said
    yield at_most(f"pipeline: {middle:,} postings against {small:,}", half["full_s"], least["full_s"], 3 * GROWTH, "s")
    yield at_most(
        f"pipeline: orchestrated against direct calls, {middle:,} postings",
        half["full_s"],
        direct["full_s"],
        ORCHESTRATION,
        "s",
    )
    yield from _largest(_orchestrated(size, text_bytes), least, size, small)


def _largest(outcome: Outcome, least: dict[str, Any], size: int, small: int) -> Iterator[Measure]:
    said = outcome.said
    name = f"{size:,} postings"
    yield at_most(f"pipeline: {name} against {small:,}", said["full_s"], least["full_s"], 10 * GROWTH, "s")
    yield at_most(f"pipeline: peak memory, {name}", outcome.peak_bytes, PEAK_BYTES, 1.0, "bytes")
    yield at_most(
        f"pipeline: one more day to core, {name}", said["day_to_core_s"], said["full_s"], ONE_DAY_TO_CORE, "s"
    )
    yield at_most(f"pipeline: one more day to release, {name}", said["day_s"], said["full_s"], ONE_DAY_TO_RELEASE, "s")


def _orchestrated(size: int, text_bytes: int) -> Outcome:
    return _worker("orchestrated", size, text_bytes)


def _worker(mode: str, size: int, text_bytes: int) -> Outcome:
    """One run in its own process; it says on standard error what runs, since a run takes minutes."""
    print(f"{mode}, {size:,} postings …", end=" ", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="payband-bench-") as folder:
        outcome = measured(WORKER, mode, size, text_bytes, Path(folder) / "store")
    seconds = ", ".join(f"{name.removesuffix('_s')} {value:.1f} s" for name, value in outcome.said.items())
    print(f"{seconds}, peak {outcome.peak_bytes / 1e9:.2f} GB", file=sys.stderr)
    return outcome
