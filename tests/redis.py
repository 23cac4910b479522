"""A real Redis for the tests that need one: Debian's redis-server, started here with a folder and a port of its own."""

import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import until


class RedisServer:
    """One redis-server process, which can be stopped and started again on the same port."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start with nothing in it."""
        command = [self._program, "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._folder)]
        command += ["--save", "", "--appendonly", "no", "--logfile", str(self._folder / "log")]
        self._process = subprocess.Popen(command)
        until(self._answers)

    def stop(self) -> None:
        """End it, as a fault would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Keep its connections open and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture(scope="session")
def _redis_program() -> str:
    found = shutil.which("redis-server")
    if found is None:
        pytest.skip("no redis-server on this machine: `apt-get install redis-server` to have this test run")
    return found


@pytest.fixture
def redis(_redis_program: str, tmp_path: Path) -> Iterator[RedisServer]:
    """A running server, empty."""
    server = RedisServer(_redis_program, tmp_path)
    server.start()
    try:
        yield server
    finally:
        server.stop()
