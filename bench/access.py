"""What access costs: salary-insights with key check, rate limit and metering, against the same door without them.

One uvicorn worker serves both (bench/access_server.py), asked in turns: ROUNDS times SECONDS of the one and of the
other (bench.measure.in_turns).
Questions vary and are warm: the answers themselves cost next to nothing, and access all the more. Callers are of the
largest plan, several, because no one of them may ask as often as a worker can answer.
With Redis the ratio is told: a request more goes to another process.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench.access_server import OPEN
from bench.api import DOOR, WARM_QUESTIONS, load, market, requests_of, serving
from bench.measure import Measure, at_least, in_turns, told

ROUNDS = 25
SECONDS = 0.8
REST_S = 0.5
BOUND = 0.75


def run() -> list[Measure]:
    """Requests a second with and without access; again with limits in Redis, where there is one."""
    with market() as (environment, keys, asked):
        with_access, without = _rates(environment, keys, asked[:WARM_QUESTIONS])
        measures = [at_least("access.in_process", with_access, without, BOUND, "requests/s")]
        with _redis() as url:
            if url is not None:
                shared, without = _rates(environment | {"PAYBAND_REDIS_URL": url}, keys, asked[:WARM_QUESTIONS])
                measures.append(told("access.redis", shared, without, "requests/s"))
    return measures


def _rates(environment: dict[str, str], keys: list[str], queries: list[str]) -> tuple[float, float]:
    guarded, unguarded = (requests_of(path, keys, queries) for path in (DOOR, OPEN + DOOR))
    with serving("bench.access_server:app", environment) as (port, _):
        for warm in (guarded, unguarded):
            load(port, warm, 1.0)
        one, other = (partial(load, port, asked, SECONDS) for asked in (guarded, unguarded))
        return in_turns(one, other, ROUNDS, REST_S)


@contextmanager
def _redis() -> Iterator[str | None]:
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--save", ""]
        with subprocess.Popen([*command, "--logfile", "log"], cwd=folder) as process:
            try:
                time.sleep(1)
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                process.terminate()
