"""Worker processes for what costs processor time, kept for as long as a caller says.

They are spawned: polars has threads, which a fork would lose. A spawned process needs a second to import what it works
with, so whoever works on many things one after another keeps them between: `with workers_kept(): ...`. An idle one
costs its memory and no time. Every one ends with the process that started it, however that ends.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

POLARS_THREADS = "POLARS_MAX_THREADS"

_kept: dict[int, ProcessPoolExecutor] | None = None  # by number of workers; None: nobody keeps any


@contextmanager
def workers_kept() -> Iterator[None]:
    """Within it each `worker_pool` of a size is the same one, made when first asked for and ended with the block."""
    global _kept
    if _kept is not None:
        yield
        return
    _kept = {}
    try:
        yield
    finally:
        pools, _kept = _kept, None
        for pool in pools.values():
            pool.shutdown(cancel_futures=True)


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes to submit to, ended with the block unless `workers_kept`; await what is submitted within the block.

    Raises concurrent.futures' BrokenProcessPool when a worker was killed; the pool after it is a new one.
    """
    if _kept is None:
        with _pool(workers) as pool:
            yield pool
        return
    pool = _kept[workers] = _kept.get(workers) or _pool(workers)
    try:
        yield pool
    except BrokenProcessPool:
        _kept.pop(workers).shutdown()
        raise


def _pool(workers: int) -> ProcessPoolExecutor:
    threads = max(1, (os.cpu_count() or 1) // workers)  # left alone, each process would take all the cores
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=spawn, initializer=_begin, initargs=(threads,))


def _begin(threads: int) -> None:
    """Runs first in a worker, before polars reads how many threads it may have."""
    os.environ[POLARS_THREADS] = str(threads)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A parent that was killed closes no queue, and its workers would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
