"""Progress on standard error: a bar where a person looks, plain lines where a log does."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function (label, done, total) that shows how far `what` is."""
    if not sys.stderr.isatty():
        yield lambda label, done, total: print(f"{what}: {label} ({done}/{total})", file=sys.stderr, flush=True)
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
