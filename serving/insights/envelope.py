"""The envelope of a figure: its value never travels without its interval, or the reason why there is none."""

from typing import Any, Literal

from pydantic import BaseModel

from kit.lookup import Row

Reason = Literal["no_data", "suppressed", "not_covered", "not_licensed"]
THIN = ("too_few", "suppressed", "no_base", "short_window")  # what the marts say of figures that the data cannot carry
BASES = ("advertised", "offered", "reported")  # asked in this order; a figure is of one of them, never of a mix


class Interval(BaseModel):
    """The true value lies between `low` and `high` with probability `level`."""

    level: float
    low: float
    high: float


class Figure(BaseModel):
    """One number; `reason` says why there is none, `interval_reason` why there is no interval."""

    value: float | None
    unit: str | None
    interval: Interval | None
    interval_reason: str | None
    reason: Reason | None
    detail: str | None  # the mart's own word for it, such as too_few


class Source(BaseModel):
    """Who a figure rests on, and what may be done with that source's rows."""

    name: str
    connector: str | None
    attribution: str | None
    terms: str | None
    aggregates: bool | None
    display: bool | None
    export: bool | None


def reason_of(word: str | None) -> Reason:
    """The mart's word for why there is no figure, as one of the four reasons."""
    if word in THIN:
        return "suppressed"
    return "not_covered" if word == "not_covered" else "no_data"


def figure(row: Row, name: str, unit: str | None) -> dict[str, Any]:
    """The figure in columns `name`, `name`_low and `name`_high of a row that has `interval_level` and `reason`."""
    value, low, high = row[name], row.get(f"{name}_low"), row.get(f"{name}_high")
    word = row.get("reason") or row.get(f"{name}_reason")
    interval = None
    if value is not None and low is not None and high is not None:
        interval = {"level": row["interval_level"], "low": low, "high": high}
    return {
        "value": value,
        "unit": unit,
        "interval": interval,
        "interval_reason": None if interval or value is None else "not_covered",
        "reason": None if value is not None else reason_of(word),
        "detail": word if value is None else None,
    }


def absent(reason: Reason, unit: str | None = None, detail: str | None = None) -> dict[str, Any]:
    """A figure that is not there, and why."""
    missing = {"value": None, "unit": unit, "interval": None, "interval_reason": None}
    return {**missing, "reason": reason, "detail": detail}
