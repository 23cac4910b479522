"""Billing periods: months and years as the calendar has them."""

import calendar
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def after(anchor: int, recurring: dict[str, Any], start: int) -> int:
    """The first renewal later than `start` of what began at `anchor`; the 31st becomes a month's last day."""
    number = 1
    while (end := _renewal(anchor, recurring, number)) <= start:
        number += 1
    return end


def _renewal(anchor: int, recurring: dict[str, Any], number: int) -> int:
    first = datetime.fromtimestamp(anchor, UTC)
    count, interval = recurring["interval_count"] * number, recurring["interval"]
    if interval in ("day", "week"):
        return int((first + timedelta(days=count * (7 if interval == "week" else 1))).timestamp())
    months = first.month - 1 + count * (12 if interval == "year" else 1)
    year, month = first.year + months // 12, months % 12 + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return int(first.replace(year=year, month=month, day=day).timestamp())


def share(amount: int, part: int, whole: int) -> int:
    """`amount * part / whole`, halves away from zero."""
    sign = 1 if amount >= 0 else -1
    return sign * ((2 * abs(amount) * part + whole) // (2 * whole))


def whole(amount: Decimal) -> int:
    """Halves away from zero."""
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
