"""Where pay goes: the median of the newest month that has one, against that of the same month a year before."""

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

from kit.lookup import Row
from serving.insights.envelope import absent
from serving.insights.salaries.cells import Cell
from serving.reader import Reader

METHOD = "yearly-median-growth@1"
LEVEL = 0.95
FLAT = 0.02  # a year's growth that certainly lies within this of zero is flat
NEWEST_MONTHS = 3  # an older median says nothing about now


@dataclass(frozen=True)
class Growth:
    """Log growth with the half width of its interval."""

    change: float
    half_width: float

    @property
    def direction(self) -> str:
        low, high = self.change - self.half_width, self.change + self.half_width
        if low > 0:
            return "rising"
        if high < 0:
            return "falling"
        return "flat" if low > -FLAT and high < FLAT else "unknown"


def growth_between(before: Row, now: Row) -> Growth:
    """From two medians with their intervals, taken as independent; half widths add in squares on the log scale."""
    change = math.log(now["p50"] / before["p50"])
    widths = [math.log(row["p50_high"] / row["p50_low"]) / 2 for row in (before, now)]
    return Growth(change, math.hypot(*widths))


def trend(reader: Reader, cell: Cell, wider_places: tuple[tuple[str, str], ...], basis: str) -> dict[str, Any]:
    """The trend of the cell's occupation in its place, or of the nearest wider place, said to be a parent's.

    Of single occupations only: the median of a group moves with what it is made of.
    """
    if cell.occupation_level != "detailed":
        return unknown_trend()
    places = [(cell.place_level, cell.place_id), *wider_places]
    for index, (level, place_id) in enumerate(places):
        pair = _pair(reader, cell, level, place_id, basis)
        if pair is not None:
            return _told(growth_between(*pair), pair, "parent" if index else "asked")
    return unknown_trend()


def unknown_trend() -> dict[str, Any]:
    """What is said where no two months can be compared."""
    return {
        "direction": "unknown",
        "growth": absent("no_data"),
        "level": None,
        "cell": None,
        "month": None,
        "compared_with": None,
        "method": METHOD,
    }


def _pair(reader: Reader, cell: Cell, place_level: str, place_id: str, basis: str) -> tuple[Row, Row] | None:
    newest = date.fromisoformat(reader.stamp["captured_to"] or "1970-01-01").replace(day=1)
    keys = {
        "basis": basis,
        "occupation_level": cell.occupation_level,
        "occupation_code": cell.occupation_code,
        "place_level": place_level,
        "place_id": place_id,
    }
    months = {row["month"]: row for row in reader.rows("mart_pay_trends", keys) if _usable(row)}
    for back in range(NEWEST_MONTHS):
        month = _months_before(newest, back)
        now, before = months.get(month.isoformat()), months.get(_months_before(month, 12).isoformat())
        if now is not None and before is not None:
            return before, now
    return None


def _usable(row: Row) -> bool:
    return row["reason"] is None and bool(row["p50_low"]) and bool(row["p50_high"])


def _months_before(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _told(growth: Growth, pair: tuple[Row, Row], level: str) -> dict[str, Any]:
    before, now = pair
    low, high = growth.change - growth.half_width, growth.change + growth.half_width
    figure = {
        "value": math.expm1(growth.change),
        "unit": "share per year",
        "interval": {"level": LEVEL, "low": math.expm1(low), "high": math.expm1(high)},
        "interval_reason": None,
        "reason": None,
        "detail": None,
    }
    return {
        "direction": growth.direction,
        "growth": figure,
        "level": level,
        "cell": "/".join([now["basis"], now["occupation_code"], now["place_id"]]),
        "month": now["month"],
        "compared_with": before["month"],
        "method": METHOD,
    }
