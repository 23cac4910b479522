"""When a job that failed is tried again: later and later, and not for ever."""

import asyncio
import random

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from kit.errors import Retriable

FIRST_S = 5.0
LONGEST_S = 3_600.0


class BackOff(BaseRetryStrategy):
    """Twice as long each time, up to an hour, and a quarter more by chance, so that a herd spreads."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """None parks the job. One that was cut off by the worker's end goes on at once in the next."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision()
        if not may_pass(exception) or job.attempts + 1 >= self._attempts:
            return None
        wait_s = min(FIRST_S * 2**job.attempts, LONGEST_S) * random.uniform(1, 1.25)  # noqa: S311
        asked_s = exception.retry_after_s if isinstance(exception, Retriable) else None
        return RetryDecision(retry_in={"seconds": round(max(wait_s, asked_s or 0))})


def may_pass(error: BaseException) -> bool:
    """Whether the same may work later: what we call so, the database's absence among it, and a peer that went away."""
    return isinstance(error, Retriable | OSError | TimeoutError)
