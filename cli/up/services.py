"""The order of things in `payband up`: database, API, pipeline, first question, Dagster's page; and back again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import httpx

from accounts.programs import demo_key
from cli.database import account_context, application_database
from cli.processes import child, free_port, listening
from cli.up.checkout import can_be_had, demo_checkout
from cli.up.question import ask_first_question
from kit.environment import environment
from kit.errors import Permanent
from kit.releases import current_id
from kit.store import Store

if TYPE_CHECKING:
    from orchestration.installation import Installation

INTERRUPTED = 130  # the exit code
API_PATIENCE_S = 60.0
UI_PATIENCE_S = 180.0
WORKER_GRACE_S = 10.0  # less than the patience of cli.processes
ROOT = Path(__file__).resolve().parents[2]


def up(installation: "Installation", port: int, ui_port: int | None, once: bool, checkout: bool = True) -> None:
    """Start everything and stay until Ctrl-C, SIGTERM, or the death of a part; then stop everything in reverse.

    With `checkout` the demo checkout is a part, where there can be one.
    Raises Permanent when the pipeline leaves no release to serve, or a part ends by itself; Busy when another one with
    Dagster looks after the store.
    """
    started = time.monotonic()
    store = installation.store
    with ExitStack() as parts:
        stopping = parts.enter_context(_signals())
        checkout = checkout and can_be_had()
        if ui_port is not None:
            parts.enter_context(store.scheduling())
        urls = parts.enter_context(application_database(store))
        key = demo_key(urls.admin, account_context(store), store.root / "demo_key")
        opened = parts.enter_context(listening(port))
        api = address_of(opened)
        parts.enter_context(environment({"PAYBAND_PUBLIC_URL": os.environ.get("PAYBAND_PUBLIC_URL", api)}))
        stand_in = parts.enter_context(demo_checkout(store, urls.admin, api)) if checkout else None
        server = parts.enter_context(_api(store, opened))
        _wait(f"{api}/health", server, API_PATIENCE_S, store.logs / "api.log")
        click.echo(f"API        {api}  (doors and examples: {api}/docs)", err=True)
        click.echo(f"demo key   {key}", err=True)
        worker = parts.enter_context(_worker(store))
        _run_pipeline(installation, stopping)
        _wait(f"{api}/ready", server, API_PATIENCE_S, store.logs / "api.log")
        ask_first_question(api, key)
        click.echo(f"answered {time.monotonic() - started:.0f} s after the start", err=True)
        if once:
            return
        parts.enter_context(_sample(store))
        watched = {"the API": server, "the worker": worker}
        watched |= {"the demo checkout": stand_in} if stand_in else {}
        if ui_port is not None:
            watched["Dagster"] = parts.enter_context(_dagster(installation, free_port(ui_port), stopping))
        click.echo("Ctrl-C stops everything.", err=True)
        _stay(watched, stopping)


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets, instead of tearing through whatever was running."""
    asked = threading.Event()

    def note(number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt  # asked twice: now
        asked.set()
        click.echo("stopping …", err=True)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_pipeline(installation: "Installation", stopping: threading.Event) -> None:
    """The pipeline in a process of its own, so that its memory is gone when it is done."""
    command = [sys.executable, "-m", "cli", "run", "--store", str(installation.store.root)]
    for option, value in (("--sources", installation.sources_path), ("--data", installation.data)):
        command += [option, str(value)] if value else []
    with child(command, {}) as run:
        while run.poll() is None:
            if stopping.wait(0.2):
                raise click.exceptions.Exit(INTERRUPTED)  # the run itself says so
    if run.returncode:
        click.secho(f"the run ended with {run.returncode}; serving what was published before", fg="yellow", err=True)


def address_of(opened: socket.socket) -> str:
    """Where an open socket listens."""
    return f"http://127.0.0.1:{opened.getsockname()[1]}"


@contextmanager
def _api(store: Store, opened: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """The API behind a socket that was opened here, so that nobody else's answer can be taken for its own."""
    fd, port = opened.fileno(), opened.getsockname()[1]
    serve = [sys.executable, "-m", "cli", "serve", "--store", str(store.root), "--port", str(port), "--fd", str(fd)]
    with child(serve, {}, store.logs / "api.log", fds=(fd,)) as server:
        opened.close()  # when the API is gone, nobody listens
        yield server


@contextmanager
def _worker(store: Store) -> Iterator[subprocess.Popen[bytes]]:
    """What requests leave behind is done."""
    work = [sys.executable, "-m", "cli", "worker", "--store", str(store.root), "--grace", str(WORKER_GRACE_S)]
    with child(work, {}, store.logs / "worker.log") as worker:
        yield worker


@contextmanager
def _sample(store: Store) -> Iterator[None]:
    """Build what test keys are answered from, in the background, unless it is there."""
    if current_id(store.sample.releases) is not None:
        yield
        return
    log = store.logs / "sample.log"
    command = [sys.executable, "-m", "cli", "sample", "build", "--gently", "--store", str(store.root)]
    click.echo(f"test keys  answered in some minutes, when their sample is built ({log})", err=True)
    with child(command, {}, log):
        yield


@contextmanager
def _dagster(installation: "Installation", port: int, stopping: threading.Event) -> Iterator[subprocess.Popen[bytes]]:
    """Dagster's page and daemon; it takes half a minute, so the address is shown when it answers."""
    from orchestration.instance import end_abandoned, open_instance, prepare

    with open_instance(installation) as instance:
        end_abandoned(instance, of_daemon=True)
    log = installation.store.logs / "dagster.log"
    dagster = str(Path(sys.executable).with_name("dagster"))
    command = [dagster, "dev", "--workspace", str(ROOT / "workspace.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    with child(command, prepare(installation), log) as process:
        threading.Thread(target=_announce, args=(process, port, stopping), daemon=True).start()
        yield process


def _announce(process: subprocess.Popen[bytes], port: int, stopping: threading.Event) -> None:
    until = time.monotonic() + UI_PATIENCE_S
    while process.poll() is None and time.monotonic() < until and not stopping.wait(1):
        if _answers(f"http://127.0.0.1:{port}/server_info"):
            click.echo(f"Dagster    http://127.0.0.1:{port}", err=True)
            return


def _wait(url: str, process: subprocess.Popen[bytes], patience_s: float, log: Path) -> None:
    until = time.monotonic() + patience_s
    while not _answers(url):
        if process.poll() is not None or time.monotonic() > until:
            raise Permanent(f"{url} does not answer; the reason stands at the end of {log}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        # Our own server is never behind the proxy that the environment may name.
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _stay(watched: dict[str, subprocess.Popen[bytes]], stopping: threading.Event) -> None:
    while not stopping.wait(0.5):
        for name, process in watched.items():
            if process.poll() is not None:
                raise Permanent(
                    f"{name} ended by itself with {process.returncode}; its log is in the store's logs folder"
                )
