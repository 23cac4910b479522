"""Series and growth of one market, as the marts have them."""

from dataclasses import dataclass
from typing import Any

from kit.lookup import Row
from serving.insights.envelope import absent, figure, reason_of
from serving.reader import Reader

COMPARISONS = ("year", "28_days")
DAYS = 92  # of the index that an answer carries: the newest quarter


@dataclass(frozen=True)
class Market:
    """All occupations in one place."""

    place_level: str
    place_id: str
    level: str  # asked or parent

    def keys(self) -> dict[str, str]:
        """Its key columns in the marts of series."""
        place = {"place_level": self.place_level, "place_id": self.place_id}
        return {"occupation_level": "all", "occupation_code": "all", **place}

    def told(self) -> dict[str, str]:
        """As answers name it."""
        return {"occupation": "all", "place_level": self.place_level, "place_id": self.place_id}


def openings_index(reader: Reader, market: Market | None) -> dict[str, Any]:
    """The index's newest value and its newest DAYS."""
    rows = list(reader.rows("mart_posting_trends", market.keys())) if market else []
    if not rows:
        return {"latest": absent("not_covered", "index"), "base": None, "method": None, "points": []}
    last = rows[-1]
    base = {"from": last["base_from"], "to": last["base_to"]} if last["base_from"] else None
    told = {"reason": None, "interval_level": None} | last
    points = [
        {"day": row["day"], "value": row["index_nsa"], "n_openings": row["n_openings"], "n_sources": row["n_sources"]}
        for row in rows[-DAYS:]
    ]
    return {"latest": figure(told, "index_nsa", "index"), "base": base, "method": last["method"], "points": points}


def growth(reader: Reader, market: Market | None, comparison: str) -> dict[str, Any]:
    """Growth of openings with its interval, and the direction that the interval allows."""
    row = reader.row("mart_posting_growth", market.keys() | {"comparison": comparison}) if market else None
    return {
        "figure": figure(row, "growth", "share") if row else absent("not_covered", "share"),
        "direction": (row["direction"] or "unknown") if row else "unknown",
        "n_openings": row["n_openings"] if row else 0,
        "n_openings_before": row["n_openings_before"] if row else 0,
        "n_employers": row["n_employers"] if row else 0,
        "window": _span(row, "window"),
        "before": _span(row, "before"),
        "method": row["method"] if row else None,
    }


def pay_months(reader: Reader, market: Market) -> tuple[list[dict[str, Any]], str | None]:
    """Median advertised pay of the newest two years of months, and its currency."""
    rows = list(reader.rows("mart_pay_trends", market.keys() | {"basis": "advertised"}))[-24:]
    months = [
        {
            "month": row["month"],
            "median": row["p50"],
            "low": row["p50_low"],
            "high": row["p50_high"],
            "n_observations": row["n_observations"],
            "reason": reason_of(row["reason"]) if row["reason"] else None,
        }
        for row in rows
    ]
    return months, rows[-1]["currency"] if rows else None


def _span(row: Row | None, name: str) -> dict[str, Any] | None:
    if row is None or row[f"{name}_from"] is None:
        return None
    return {"from": row[f"{name}_from"], "to": row[f"{name}_to"]}
