"""Waiting for what another process or thread will do."""

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float = 120, every: float = 0.02) -> None:
    """Return as soon as the condition holds, looked at every so often; fail when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(every)
