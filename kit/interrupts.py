"""Whether somebody asked this process to stop, though a library took the signal for something else."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

STOPPING = {signal.SIGINT, signal.SIGTERM}


@contextmanager
def interrupts_noted() -> Iterator[Callable[[], bool]]:
    """Within it the function that it gives tells whether SIGINT or SIGTERM has come, whichever handler was called.

    Python itself writes down the numbers of signals for us (`signal.set_wakeup_fd`), so that nobody who sets a handler
    of theirs meanwhile keeps one from us. That is for the main thread alone: in any other nothing is noted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    came, writing = os.pipe()
    for end in (came, writing):
        os.set_blocking(end, False)
    seen: set[int] = set()

    def stopping() -> bool:
        with suppress(BlockingIOError):  # none has come since
            seen.update(os.read(came, 1 << 12))
        return not STOPPING.isdisjoint(seen)

    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield stopping
    finally:
        signal.set_wakeup_fd(before)
        os.close(came)
        os.close(writing)
