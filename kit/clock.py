"""The time, injected: code that needs it takes a `Clock`, so a test can stand still or travel."""

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, in UTC, with its time zone."""
    return datetime.now(UTC)


def fixed_clock(moment: datetime) -> Clock:
    """A clock that always shows `moment`, which must carry a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a clock needs a time zone: give datetime(..., tzinfo=UTC)")
    return lambda: moment


def today(clock: Clock) -> date:
    """The UTC day that `clock` shows."""
    return clock().astimezone(UTC).date()
