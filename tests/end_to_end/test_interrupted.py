"""A run that is asked to stop, by its terminal or by whoever started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit.store import Store
from orchestration.installation import Installation
from tests.end_to_end.small_market import LAST, current

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other
INTERRUPTED = 130


def asked(name: str, store: Store, sources: Path) -> list[str]:
    return [sys.executable, "-m", "cli", name, "--store", str(store.root), "--sources", str(sources)]


def interrupted(command: list[str], there: Path, how: signal.Signals) -> str:
    """Stop the command and all that it started when it has written this, in the middle of a step; what it said."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as run:
        while not there.exists():
            assert run.poll() is None, "it has ended before"
            time.sleep(0.05)
        os.killpg(run.pid, how)
        _, said = run.communicate()
    assert run.returncode == INTERRUPTED, said
    return said


def test_asked_to_stop_it_stops_and_calls_nothing_a_failure_and_goes_on_when_run_again(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    store = Store(tmp_path / "store")
    command = asked("run", store, sources)
    parsed = store.partition("canonical", "postings", "synthetic_b", LAST).parent
    for there, how in ((parsed, signal.SIGINT), (store.warehouse, signal.SIGTERM)):
        said = interrupted(command, there, how)
        assert "interrupted" in said
        assert "failed" not in said
    subprocess.run(command, check=True, capture_output=True, timeout=200)
    assert current(Installation(store)).sealed.content == current(whole).sealed.content


def test_so_does_up_in_the_middle_of_its_first_run(tmp_path: Path, sources: Path) -> None:
    store = Store(tmp_path / "store")
    landed = store.partition("canonical", "postings", "synthetic_a", LAST).parent
    said = interrupted([*asked("up", store, sources), "--no-ui"], landed, signal.SIGINT)
    assert said.count("interrupted") == 1
    assert "failed" not in said
