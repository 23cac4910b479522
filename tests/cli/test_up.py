"""Parts of `payband up`: whose answer it is that an address gives."""

from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from cli.processes import free_port, listening
from cli.up.services import API_PATIENCE_S, _api, _wait, address_of
from kit.store import Store
from tests.cli.test_database import AWAY


def test_two_that_start_together_have_an_address_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWAY.items():
        monkeypatch.setenv(name, value)
    stores, wanted = [Store(tmp_path / name) for name in ("one", "two")], free_port(0)
    with listening(wanted) as here, listening(wanted) as there, ExitStack() as running:
        one, two = address_of(here), address_of(there)
        first, second = (running.enter_context(_api(*each)) for each in zip(stores, (here, there), strict=True))
        assert one == f"http://127.0.0.1:{wanted}"
        for store, address, process in zip(stores, (one, two), (first, second), strict=True):
            _wait(f"{address}/health", process, API_PATIENCE_S, store.logs / "api.log")
        first.terminate()
        first.wait()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{one}/health")
        assert httpx.get(f"{two}/health").status_code == 200


def test_a_port_that_somebody_has_is_not_taken() -> None:
    with listening(0) as held:
        port = held.getsockname()[1]
        with listening(port) as other:
            assert other.getsockname()[1] != port
        assert free_port(port) != port
    assert free_port(port) == port
