"""Where a market is going: its weekly index over a stable panel, its forecast, what emerges in it, how pay grows."""

from math import sqrt
from typing import Any

from serving.insights.envelope import absent, figure
from serving.insights.markets.series import Market
from serving.reader import Reader

WEEKS = 104  # of the weekly index that an answer carries
MOST = 10


def weekly_index(reader: Reader, market: Market | None) -> dict[str, Any]:
    """The weekly indices, the newest two years of them."""
    rows = list(reader.rows("mart_posting_index", market.keys())) if market else []
    if not rows:
        missing = {name: absent("not_covered", "index") for name in ("panel", "panel_adjusted", "raw", "raw_adjusted")}
        return {**missing, "base": None, "method": None, "points": []}
    last = rows[-1]
    told = last | {"reason": None}
    return {
        "panel": figure(told, "index_panel", "index"),
        "panel_adjusted": figure(told, "index_panel_sa", "index"),
        "raw": figure(told, "index_nsa", "index"),
        "raw_adjusted": figure(told, "index_sa", "index"),
        "base": {"from": last["base_from"], "to": last["base_to"]},
        "method": last["method"],
        "points": [
            {
                "week": row["week"],
                "n_openings": row["n_openings"],
                "n_sources": row["n_sources"],
                "coverage_break": row["n_sources_started"] + row["n_sources_stopped"] > 0,
                "panel": row["index_panel"],
                "panel_adjusted": row["index_panel_sa"],
                "raw": row["index_nsa"],
                "raw_adjusted": row["index_sa"],
            }
            for row in rows[-WEEKS:]
        ],
    }


def forecast(reader: Reader, market: Market | None) -> dict[str, Any]:
    """Openings of the coming weeks, or why there is no forecast."""
    rows = list(reader.rows("mart_demand_forecasts", market.keys())) if market else []
    if market is None or not rows:
        return {"reason": "not_covered", "detail": None, "level": None, "method": None, "weeks": []}
    weeks = [{"week": row["week"], "n_openings": figure(row, "forecast", "openings per week")} for row in rows]
    first = weeks[0]["n_openings"]
    return {
        "reason": first["reason"],
        "detail": first["detail"],
        "level": market.level,
        "method": rows[0]["method"],
        "weeks": weeks if first["reason"] is None else [],
    }


def emerging(reader: Reader, market: Market | None, kind: str) -> dict[str, Any]:
    """Roles or skills whose share grows beyond doubt, those with the surest growth first."""
    rows = list(reader.rows("mart_emerging_roles", market.keys() | {"kind": kind})) if market else []
    if market is None or not rows:
        return {"reason": "not_covered", "detail": None, "level": None, "n_tested": 0, "entries": []}
    found = sorted((row for row in rows if row["is_emerging"]), key=lambda row: (-row["growth_low"], row["item_id"]))
    entries = [
        {
            "id": row["item_id"],
            "name": row["item_name"],
            "n_openings": row["n_openings_with"],
            "n_employers": row["n_employers"],
            "comparison": row["comparison"],
            "share": row["share"],
            "growth": figure(row | {"reason": None}, "growth", "share"),
        }
        for row in found[:MOST]
    ]
    return {"reason": None, "detail": None, "level": market.level, "n_tested": len(rows), "entries": entries}


def pay_growth(reader: Reader, market: Market | None) -> dict[str, Any]:
    """Growth of advertised pay in a year within matched cells, and the direction that its interval allows."""
    row = reader.row("mart_pay_growth", market.keys() | {"basis": "advertised"}) if market else None
    if row is None:
        return {"direction": "unknown", "growth": absent("not_covered", "share per year")}
    return {"direction": row["direction"], "growth": figure(row, "growth", "share per year")}


def remote_share(reader: Reader, market: Market | None) -> dict[str, Any]:
    """The share of the trailing year's openings of known employers that say they are remote; of countries only.

    Employers decide for all their openings, so the interval's variance is summed over them.
    """
    if market is None or market.place_level != "country":
        return absent("not_covered", "share of openings")
    rows = list(reader.matching("mart_company_profiles", {"country": market.place_id.upper()}))
    said = [(round(row["share_remote"] * row["n_openings"]), row["n_openings"]) for row in rows]
    whole = sum(number for _, number in said)
    if not whole:
        return absent("no_data", "share of openings")
    share = sum(remote for remote, _ in said) / whole
    if len(said) < 2:
        return absent("suppressed", "share of openings", "too_few")
    spread = sum((remote - share * number) ** 2 for remote, number in sorted(said))
    half = 1.96 * sqrt(spread * len(said) / (len(said) - 1)) / whole
    row = {"remote": share, "remote_low": max(0.0, share - half), "remote_high": min(1.0, share + half)}
    return figure(row | {"interval_level": 0.95}, "remote", "share of openings")
