"""Progress on standard error: a bar where a person looks, plain lines where a log does."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOG_EVERY_S = 10.0


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function (label, done, total) that shows how far `what` is."""
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1)
        yield lambda label, done, total: bar.update(task, description=label, completed=done, total=total)


def _lines(what: str) -> Callable[[str, int, int], None]:
    """A line for each new label, for the end, and now and then: a backup counts files by the thousand."""
    said, at = "", 0.0

    def show(label: str, done: int, total: int) -> None:
        nonlocal said, at
        now = time.monotonic()
        if label != said or done == total or now - at >= LOG_EVERY_S:
            print(f"{what}: {label} ({done}/{total})", file=sys.stderr, flush=True)
            said, at = label, now

    return show
