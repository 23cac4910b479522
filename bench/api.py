"""The cost of salary-insights over HTTP, against a bare endpoint of the same server that returns the same bytes.

One uvicorn worker each with the very application that is served; the bare endpoint is one more route of the same
framework, with nothing before it. Load: CONNECTIONS kept-alive connections from this process, each asking again as
soon as it is answered. Warm: a few questions over and over. Cold: every question is new and
asks for a cell that was not asked for before. `bare ASGI` is told for
comparison: the server without any framework.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, product
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import psutil

from bench.api_market import publish_market
from bench.measure import Measure, at_least, at_most

CONNECTIONS = 32
CALLERS = 48  # of the largest plan: no one of them may ask as often as a worker can answer
SECONDS = 4.0
WARM_QUESTIONS = 200
DOOR = "/api/premium/salary-insights"
MOST_MEMORY_MB = 300.0


def run() -> list[Measure]:
    """Warm and cold requests a second, and the worker's memory."""
    with market() as (environment, keys, asked), serving("bench.api_server:app", environment) as (port, process):
        return _measured(port, process, keys, asked)


@contextmanager
def market() -> Iterator[tuple[dict[str, str], list[str], list[str]]]:
    """A made-up market in a store with a database of its own: its environment, callers' keys, questions as queries.

    No two questions ask for the same cell.
    """
    from accounts.context import context_of
    from accounts.programs import create_key
    from accounts.settings import AccountSettings
    from kit import postgres
    from kit.settings import variables
    from kit.store import Store
    from migrations import migrate

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        asked = list(_questions(*publish_market(store)))
        with postgres.running(store) as database:
            migrate(database.urls.owner)
            context = context_of(AccountSettings(store=store.root))
            callers = [f"caller-{number}@payband.example" for number in range(CALLERS)]
            keys = [create_key(database.urls.admin, context, each, "bench", plan="enterprise") for each in callers]
            yield os.environ | {"PAYBAND_STORE": folder} | variables(database.urls), keys, asked


def requests_of(path: str, keys: Sequence[str], queries: Sequence[str]) -> list[bytes]:
    """A request for each query, of one caller after another."""
    return [request(path, key, query) for key, query in zip(cycle(keys), queries, strict=False)]


def _measured(port: int, process: psutil.Process, keys: list[str], asked: list[str]) -> list[Measure]:
    warm = requests_of(DOOR, keys, asked[:WARM_QUESTIONS])
    load(port, warm, 1.0)
    bare = load(port, [request("/bare", keys[0])], SECONDS)
    floor = load(port, [request("/floor", keys[0])], SECONDS)
    hot = load(port, warm, SECONDS)
    cold = load(port, requests_of(DOOR, keys, asked[WARM_QUESTIONS:]), SECONDS)
    memory = process.memory_info().rss / 1e6
    print(f"the server without any framework, for comparison: {floor:,.0f} requests/s", file=sys.stderr)
    return [
        at_least("api.salary_insights.warm", hot, bare, 0.6, "requests/s"),
        at_least("api.salary_insights.cold", cold, bare, 0.3, "requests/s"),
        at_most("api.worker_memory", memory, MOST_MEMORY_MB, 1.0, "MB"),
    ]


def _questions(titles: list[str], places: list[str]) -> Iterator[str]:
    """Every title in every place at four lengths of experience: no two ask for the same cell."""
    for years, place, title in product((1, 3, 7, 12), places, titles):
        yield urlencode({"job_title": title, "location": place, "experience_years": years})


def request(path: str, key: str, query: str = "") -> bytes:
    """A GET as it goes over the connection."""
    target = f"{path}?{query}" if query else path
    return f"GET {target} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\nAccept: */*\r\n\r\n".encode()


class _Connection(asyncio.Protocol):
    """One kept-alive connection: the next request goes out when the answer is complete."""

    def __init__(self, requests: "_Requests", done: asyncio.Event) -> None:
        self._requests, self._done = requests, done
        self._left, self._head = 0, b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._ask()

    def _ask(self) -> None:
        request = self._requests.next()
        if request is None or self._transport is None:
            self._transport_close()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._left == 0:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            head, data = self._head[:end], self._head[end + 4 :]
            self._head = b""
            if not head.startswith(b"HTTP/1.1 20"):
                self._requests.refusal = head + data
                self._transport_close()
                return
            at = head.lower().index(b"content-length:") + 15
            self._left = int(head[at:].split(b"\r\n", 1)[0])
        self._left -= len(data)
        if self._left == 0:
            self._requests.answered += 1
            self._ask()

    def _transport_close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._done.set()


class _Requests:
    def __init__(self, requests: Sequence[bytes], seconds: float) -> None:
        self._requests, self._at = requests, 0
        self._until = time.perf_counter() + seconds
        self.answered = 0
        self.refusal: bytes | None = None

    def next(self) -> bytes | None:
        if time.perf_counter() > self._until:
            return None
        self._at += 1
        return self._requests[(self._at - 1) % len(self._requests)]


def load(port: int, requests: Sequence[bytes], seconds: float) -> float:
    """Requests a second that were answered well over `seconds`."""
    import uvloop

    async def run() -> float:
        wanted = _Requests(requests, seconds)
        done = [asyncio.Event() for _ in range(CONNECTIONS)]
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        for event in done:
            await loop.create_connection(lambda event=event: _Connection(wanted, event), "127.0.0.1", port)  # type: ignore[misc]
        async with asyncio.timeout(seconds + 30):
            for event in done:
                await event.wait()
        if wanted.refusal is not None:
            raise RuntimeError(f"the server refused: {wanted.refusal[:1000]!r}")
        return wanted.answered / (time.perf_counter() - started)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


@contextmanager
def serving(application: str, environment: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    """One uvicorn worker with an application, on a port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", application, "--factory", "--port", str(port), "--loop", "uvloop"]
    command += [
        "--http",
        "httptools",
        "--no-access-log",
        "--log-level",
        "warning",
        "--no-server-header",
        "--no-proxy-headers",
    ]
    with subprocess.Popen(command, env=environment) as process:
        try:
            _wait(port, process)
            yield port, psutil.Process(process.pid)
        finally:
            process.terminate()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")
