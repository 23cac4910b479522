"""When the tiny installation of these tests lives."""

from datetime import UTC, date, datetime

from kit.clock import fixed_clock

FIRST = date(2026, 6, 29)
CLOCK = fixed_clock(datetime(2026, 7, 1, 3, 15, tzinfo=UTC))
