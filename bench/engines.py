"""`payband bench engines`: one synthetic market, ingested once, built in each engine in a process of its own.

Measured is the warehouse part: copying the frames where the engine needs that, dbt's models and data tests, estimation
between them, reading the marts. Peak memory is that of all its processes, the server's too. PostgreSQL is the embedded
one; ClickHouse is the engine of the `chdb` wheel behind the tests' HTTP front: its times say little of a real server.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Measure, told
from bench.processes import Outcome, measured

FULL = 50_000  # postings
TEXT_BYTES = 1000
WORKER = "bench.engines_worker"
REFERENCE, OTHERS = "duckdb", ("postgres", "clickhouse")


def run(size: int = FULL) -> Iterator[Measure]:
    """Time and memory of each other engine, as ratios to DuckDB's."""
    with tempfile.TemporaryDirectory(prefix="payband-bench-") as folder:
        store = Path(folder) / "store"
        measured(WORKER, "ingest", size, TEXT_BYTES, store)
        least = _built(REFERENCE, size, store)
        for engine in OTHERS:
            outcome = _built(engine, size, store)
            name = f"engines: {engine} against {REFERENCE}, {size:,} postings"
            yield told(f"{name}, first build", outcome.said["full_s"], least.said["full_s"], "s")
            yield told(f"{name}, nothing new", outcome.said["again_s"], least.said["again_s"], "s")
            yield told(f"{name}, peak memory", outcome.peak_bytes, least.peak_bytes, "bytes")


def _built(engine: str, size: int, store: Path) -> Outcome:
    print(f"{engine}, {size:,} postings …", end=" ", file=sys.stderr, flush=True)
    outcome = measured(WORKER, engine, size, TEXT_BYTES, store)
    seconds = ", ".join(f"{name.removesuffix('_s')} {value:.1f} s" for name, value in outcome.said.items())
    print(f"{seconds}, peak {outcome.peak_bytes / 1e9:.2f} GB", file=sys.stderr)
    return outcome
