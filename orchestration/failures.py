"""Which failures are worth another try: one function decides, for every asset."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from kit.errors import PaybandError, Retriable

MAX_RETRIES = 3
WAIT_S = 30.0


@contextmanager
def verdicts() -> Iterator[None]:
    """Run an asset's body so that Dagster retries what can succeed and nothing else.

    A `Retriable` asks for a retry after its peer's wish or WAIT_S; any other error of ours fails for good, so that a
    403 or a changed schema is not tried again. Errors that are not ours stay as they are: they are faults to be seen.
    """
    try:
        yield
    except Retriable as error:
        raise dg.RetryRequested(MAX_RETRIES, seconds_to_wait=error.retry_after_s or WAIT_S) from error
    except PaybandError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


NO_RUN_RETRY = {"dagster/max_retries": "0"}  # the run tag that keeps run-level retries away from permanent failures
