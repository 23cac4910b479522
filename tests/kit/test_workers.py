"""Worker processes: kept for a block, replaced when one is killed, gone when their parent is."""

import os
import signal
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from kit.workers import POLARS_THREADS, worker_pool, workers_kept

PARENT = """
import time
from kit.workers import worker_pool
if __name__ == "__main__":
    with worker_pool(1) as pool:
        pool.submit(print, "at work", flush=True).result()
        time.sleep(60)
"""


def worker(workers: int = 1) -> int:
    with worker_pool(workers) as pool:
        return pool.submit(os.getpid).result()


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_kept_for_the_block_only() -> None:
    with workers_kept():
        first = worker()
        with workers_kept():
            assert worker() == first
        assert worker() == first
        assert is_alive(first)
    assert not is_alive(first)
    assert worker() != first


def test_cores_are_shared() -> None:
    with worker_pool(1) as pool:
        assert pool.submit(os.getenv, POLARS_THREADS).result() == str(os.cpu_count())


def test_after_a_killed_worker_comes_another() -> None:
    with workers_kept():
        with pytest.raises(BrokenProcessPool), worker_pool(1) as pool:
            pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGKILL).result()
        assert is_alive(worker())


def test_killed_parent_leaves_no_workers(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "at work\n"
        parent.kill()
        parent.communicate(timeout=20)  # ends when nobody holds its output any more
