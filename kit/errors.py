"""The hierarchy that decides what happens next: try again, give up, or set one record aside.

Every error of ours says in its message what was wrong, where, and what to do about it.
"""


class PaybandError(Exception):
    """Base of every error that Payband raises on purpose; the CLI prints it without a traceback.

    `exit_code` is what a command that meets it returns (documented in docs/how_to/exit_codes.md).
    """

    exit_code = 1


class Retriable(PaybandError):
    """The same call can succeed later: a time-out, a 429, a 5xx. `retry_after_s` is the peer's wish, if it gave one."""

    exit_code = 75  # EX_TEMPFAIL

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Permanent(PaybandError):
    """The same call will fail again: a 403, a changed schema, a bad setting. Never retried."""


class BadInput(Permanent):
    """What the caller gave cannot be used: a wrong option, a malformed file."""

    exit_code = 2


class Busy(Retriable):
    """Another process holds what this one needs (one writer a store)."""
