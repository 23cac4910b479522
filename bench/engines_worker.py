"""One part of `bench.engines` in its own process: python -m bench.engines_worker PART POSTINGS TEXT_BYTES STORE.

PART is `ingest`, or the engine to build in. Prints one JSON object of seconds.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.pipeline_worker import LAST_DAY, installation
from kit.store import Store


def ingest(postings: int, text_bytes: int, root: Path) -> dict[str, float]:
    """The market's frames, clustered; nothing built."""
    from bench.direct_steps import ingest

    started = time.monotonic()
    ingest(installation(postings, text_bytes, root), LAST_DAY)
    return {"ingest_s": time.monotonic() - started}


def build(engine: str, store: Store) -> dict[str, float]:
    """The first build with its data tests, and another of what has not changed; imports and parsing are not counted."""
    import dbt.cli.main  # noqa: F401

    from orchestration.dbt_runner import manifest, run_dbt
    from orchestration.estimates import estimate_all
    from orchestration.publishing import read_marts
    from orchestration.warehouse import warehouse_of

    def once() -> float:
        started = time.monotonic()
        run_dbt(store, "tag:core", flags=["--exclude", "resource_type:unit_test"])
        estimate_all(store)
        run_dbt(store, "tag:api", flags=["--exclude", "resource_type:unit_test"])
        read_marts(store)
        return time.monotonic() - started

    with _server(engine, store), warehouse_of(store).held():
        manifest(store)
        return {"full_s": once(), "again_s": once()}


@contextmanager
def _server(engine: str, store: Store) -> Iterator[None]:
    os.environ["PAYBAND_ENGINE"] = engine
    os.environ.pop("PAYBAND_WAREHOUSE_URL", None)
    if engine != "clickhouse":
        yield
        return
    from tests.peers.clickhouse import clickhouse

    with clickhouse(store.root / "clickhouse") as url:
        os.environ["PAYBAND_WAREHOUSE_URL"] = url
        yield


if __name__ == "__main__":
    _, part, size, length, folder = sys.argv
    done = ingest(int(size), int(length), Path(folder)) if part == "ingest" else build(part, Store(Path(folder)))
    print(json.dumps(done))
