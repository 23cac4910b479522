"""Commands while a PostgreSQL of one's own is away."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cli.database import application_database
from cli.processes import child, free_port
from kit.errors import Retriable
from kit.settings import variables
from kit.store import Store
from tests.conftest import ROOT
from tests.databases import NOWHERE, SECRET_KEY
from tests.waiting import until

AWAY = {**variables(NOWHERE), "PAYBAND_SECRET_KEY": SECRET_KEY.get_secret_value()}


def test_what_needs_it_says_so_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Retriable, match="does not answer"), application_database(Store(tmp_path)):
        pytest.fail("it began")
    command = [sys.executable, "-m", "cli", "auth", "keys", "--store", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 75
    assert done.stderr.startswith("payband: the database does not answer: ")
    assert "Traceback" not in done.stderr


def test_the_api_starts_all_the_same(tmp_path: Path) -> None:
    port = free_port(0)
    log = tmp_path / "api.log"

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
        except httpx.TransportError:
            return False

    serve = [sys.executable, "-m", "cli", "serve", "--store", str(tmp_path), "--port", str(port)]
    with child(serve, AWAY, log):
        until(answers)
        assert httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 503
    assert "without having looked at its schema" in log.read_text()
