"""The API as it is served: real processes on a port."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psutil

from kit.database import Urls
from kit.settings import variables
from kit.store import Store
from tests.conftest import ROOT
from tests.databases import SECRET_KEY
from tests.waiting import until

PROGRAM = """
from kit.settings import read
from serving.server import serve
from serving.settings import ServingSettings
import sys
serve(read(ServingSettings), int(sys.argv[1]), workers=int(sys.argv[2]))
"""


class Api:
    """A running server.

    `client` asks it, each time over a new connection, so that any of its processes may be the one that answers.
    """

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.url, self._process = port, f"http://127.0.0.1:{port}", process
        one_each = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(base_url=self.url, limits=one_each, timeout=30, trust_env=False)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._process.terminate()
        self._process.wait(120)

    def kill(self) -> None:
        """End every process of it at once."""
        tree = [*psutil.Process(self._process.pid).children(recursive=True), psutil.Process(self._process.pid)]
        for process in tree:
            process.send_signal(signal.SIGKILL)
        self._process.wait(120)

    def ready(self) -> bool:
        """Whether it answers questions."""
        try:
            return self.client.get("/ready").status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def running_api(store: Store, urls: Urls, workers: int = 1, **more: str) -> Iterator[Api]:
    """The API over a store and a database; `more` are variables of its environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"PAYBAND_STORE": str(store.root), "PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}
    environment = os.environ | told | variables(urls) | more
    command = [sys.executable, "-c", PROGRAM, str(port), str(workers)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        api = Api(port, process)
        try:
            until(api.ready)
            yield api
        finally:
            api.client.close()
            if process.poll() is None:
                api.stop()
