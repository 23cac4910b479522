"""What every test can use. Tests run without the network: anything but the loopback interface is refused."""

import ipaddress
import os
import socket
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.leaks import leaks

ROOT = Path(__file__).resolve().parent.parent

# As in every program of ours: an application in another thread must not write into the answer of a command.
structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Generator[None, Any, Any]:
    """A test that passed fails after all when it, or a process it started, wrote a secret or somebody's address."""
    report = yield
    if report.passed:
        found = [leak for _, text in report.sections for leak in leaks(text)]
        if found:
            report.outcome, report.longrepr = "failed", f"{item.nodeid} logged {', '.join(found)}"
    return report


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine, so that no test can depend on the internet."""
    if "PAYBAND_TEST_STRIPE_LIVE" in os.environ:  # `payband test --stripe-live`, whose tests are about Stripe alone
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise OSError(f"tests may not connect to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True, scope="session")
def _scores_of_changed_rules() -> Iterator[None]:
    """While rules are being changed, the gate of accuracy scores them once for all the stores that tests fill."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYBAND_SCORES", str(ROOT / ".pytest_cache" / "scores"))
        yield


@pytest.fixture
def recorded_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that the recorded sources' options name, set to what must never be seen again."""
    for name in ("PAYBAND_TEST_KEY", "PAYBAND_TEST_ID"):
        monkeypatch.setenv(name, "s3cr3t-value")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets, or a skip: the project passes its tests without it."""
    folder = Path(os.environ.get("PAYBAND_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not (folder / "README.md").exists():
        pytest.skip("no real data sets at the shared data folder: set PAYBAND_SHARED_DATA to have this test run")
    return folder
