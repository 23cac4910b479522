"""Measuring work in a process of its own: its answer, and the peak memory of it and of all processes that it starts."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
EVERY_S = 0.25  # looking through the processes costs milliseconds of the two cores that are measured


@dataclass(frozen=True)
class Outcome:
    """What a child printed as JSON on its last line, and its peak."""

    said: dict[str, Any]
    peak_bytes: int  # the largest sum of resident memory over the tree; pages that processes share count in each


def measured(module: str, *arguments: object) -> Outcome:
    """Run `python -m module arguments` from the checkout; raises RuntimeError with its errors when it fails."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "DO_NOT_TRACK": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        watch = _Watch(child.pid)
        watch.start()
        printed, errors = child.communicate()
        watch.stop()
    if child.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} exited {child.returncode}:\n{errors[-4000:]}")
    return Outcome(json.loads(printed.strip().splitlines()[-1]), watch.peak)


class _Watch(threading.Thread):
    """Samples the resident memory of a process and its descendants until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._root = psutil.Process(pid)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(EVERY_S):
            self.peak = max(self.peak, self._resident())

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def _resident(self) -> int:
        total = 0
        try:
            tree = [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0
        for process in tree:
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:  # it ended between the list and the look
                continue
        return total
