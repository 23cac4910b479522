"""Scores steps side by side, each in a process of its own."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import as_completed

from accuracy.registry import STEPS, score_step
from accuracy.scores import Scored
from accuracy.sets import Sets
from kit.workers import worker_pool

Progress = Callable[[str, int, int], None]  # the step that ended, steps done, steps in all


def score_steps(
    steps: Sequence[str], sets: Sets, workers: int, on_progress: Progress = lambda *_: None
) -> tuple[Mapping[str, Scored], Mapping[str, float]]:
    """Score those steps; their scores and the seconds that each took, both in the registry's order.

    Raises what a step raises: a set that cannot be read is an error, one that is not there is "not scored".
    """
    found: dict[str, Scored] = {}
    seconds: dict[str, float] = {}
    with worker_pool(workers) as pool:
        waiting = {pool.submit(_timed, step, sets): step for step in steps}
        for future in as_completed(waiting):
            step = waiting[future]
            found[step], seconds[step] = future.result()
            on_progress(step, len(found), len(steps))
    order = [step for step in STEPS if step in found]
    return {step: found[step] for step in order}, {step: round(seconds[step], 2) for step in order}


def _timed(step: str, sets: Sets) -> tuple[Scored, float]:
    started = time.monotonic()
    return score_step(step, sets), time.monotonic() - started
