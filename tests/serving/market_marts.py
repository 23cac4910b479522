"""Hand-made marts of a market's series, skills and employers: only the columns that the doors read."""

from datetime import date
from typing import Any

import polars as pl

US = {"occupation_level": "all", "occupation_code": "all", "place_level": "country", "place_id": "us"}
MARKET = list(US)
KEYS = {
    "mart_posting_trends": ["day", *MARKET],
    "mart_posting_growth": ["comparison", *MARKET],
    "mart_skill_demand": ["period", *MARKET, "skill_id"],
    "mart_company_profiles": ["employer_key", "country"],
    "mart_posting_index": ["week", *MARKET],
    "mart_demand_forecasts": ["week", *MARKET],
    "mart_emerging_roles": [*MARKET, "kind", "item_id"],
    "mart_pay_growth": ["basis", *MARKET],
}


def _days() -> list[dict[str, Any]]:
    base = {"base_from": date(2025, 10, 1), "base_to": date(2025, 10, 28), "method": "posting-index@1"}
    return [
        {"day": date(2026, 9, 28 + at), **US, "n_openings": 10 + at, "n_sources": 1, "index_nsa": 100 + at * 2.25}
        | {"index_nsa_reason": None, **base}
        for at in range(3)
    ]


def _growth() -> list[dict[str, Any]]:
    spans = {"window_from": date(2026, 9, 3), "window_to": date(2026, 9, 30)}
    spans |= {"before_from": date(2025, 9, 3), "before_to": date(2025, 9, 30)}
    counted = {"n_openings": 110, "n_openings_before": 100, "n_employers": 30, "interval_level": 0.95}
    grown = {"growth": 0.1, "growth_low": 0.02, "growth_high": 0.18, "direction": "rising", "reason": None}
    thin = {"growth": None, "growth_low": None, "growth_high": None, "direction": "unknown", "reason": "too_few"}
    common = US | spans | counted | {"method": "panel-growth@1"}
    return [{"comparison": "year"} | common | grown, {"comparison": "28_days"} | common | thin]


def _skills() -> list[dict[str, Any]]:
    return [
        {"period": "trailing", **US, "skill_id": name, "skill_name": name, "skill_rank": rank}
        | {"n_openings_asking": 40 - rank, "share": 0.3, "share_low": 0.25, "share_high": 0.35}
        | {"interval_level": 0.95, "reason": reason}
        for rank, (name, reason) in enumerate([("python", None), ("sql", None), ("rare", "too_few")])
    ]


def _employers() -> list[dict[str, Any]]:
    return [
        {"employer_key": "acme", "employer_name": "Acme", "country": "US", "industry": "31-33", "n_openings": 50}
        | {"share_remote": 0.2},
        {"employer_key": "bolt", "employer_name": "Bolt", "country": "US", "industry": "51", "n_openings": 20}
        | {"share_remote": 0.3},
        {"employer_key": "cork", "employer_name": "Cork", "country": "IE", "industry": "51", "n_openings": 90}
        | {"share_remote": 0.0},
    ]


def _index() -> list[dict[str, Any]]:
    base = {
        "base_from": date(2026, 1, 5),
        "base_to": date(2026, 2, 1),
        "interval_level": 0.95,
        "method": "weekly-index@1",
    }
    figures = {"index_nsa": 90.0, "index_nsa_reason": None, "index_panel_low": 92.0, "index_panel_high": 108.0}
    figures |= {"index_panel_reason": None, "index_sa": None, "index_sa_reason": "short_window"}
    figures |= {"index_panel_sa": None, "index_panel_sa_reason": "short_window"}
    return [
        {"week": date(2026, 9, 14 + 7 * at), **US, "n_openings": 70 - at, "n_sources": 2 - at, "n_sources_started": 0}
        | {"n_sources_stopped": at, "index_panel": 100.0 + at, **figures, **base}
        for at in range(2)
    ]


def _forecasts() -> list[dict[str, Any]]:
    return [
        {
            "week": date(2026, 9, 28),
            **US,
            "weeks_ahead": 1,
            "forecast": 71.5,
            "forecast_low": 60.0,
            "forecast_high": 85.0,
        }
        | {"interval_level": 0.95, "reason": None, "method": "damped-combination@1"}
    ]


def _emerging() -> list[dict[str, Any]]:
    return [
        {**US, "kind": "skill", "item_id": name, "item_name": name, "comparison": "year", "n_openings_with": 60}
        | {"n_employers": 20, "share": 0.1, "growth": 1.0, "growth_low": low, "growth_high": 2.0}
        | {"interval_level": 0.95, "is_emerging": low > 0.1}
        for name, low in (("python", -0.1), ("rust", 0.4), ("zig", 0.6))
    ]


def _pay_growth() -> list[dict[str, Any]]:
    return [
        {"basis": "advertised", **US, "growth": 0.03, "growth_low": 0.01, "growth_high": 0.05, "direction": "rising"}
        | {"interval_level": 0.95, "reason": None}
    ]


def tables() -> dict[str, pl.DataFrame]:
    """Table name to frame."""
    rows = {
        "mart_posting_trends": _days(),
        "mart_posting_growth": _growth(),
        "mart_skill_demand": _skills(),
        "mart_company_profiles": _employers(),
        "mart_posting_index": _index(),
        "mart_demand_forecasts": _forecasts(),
        "mart_emerging_roles": _emerging(),
        "mart_pay_growth": _pay_growth(),
    }
    return {name: pl.DataFrame(told, infer_schema_length=None) for name, told in rows.items()}
