"""A ClickHouse for tests: the engine of the `chdb` wheel behind ClickHouse's HTTP interface.

What connects to a server (clickhouse-connect, dbt-clickhouse) connects to this unmodified. One process a data folder,
one query at a time, one session; nothing of clusters, users or limits.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def clickhouse(folder: Path, statements: Path | None = None) -> Iterator[str]:
    """The URL of a server over `folder`, while the block runs; what it is told goes to the file `statements`."""
    command = [sys.executable, "-m", "tests.peers.clickhouse.front", *map(str, filter(None, (folder, statements)))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield f"http://default:@127.0.0.1:{int(server.stdout.readline())}/payband"
        finally:
            server.stdin.close()  # it ends with its input, so with us too
            server.wait(timeout=60)
