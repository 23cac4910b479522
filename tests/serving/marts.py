"""A small market, made by hand: marts with the columns that the pipeline gives, and few rows."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from estimation.schema import PAY_CELLS, PAY_TRENDS, PERCENTILES
from kit.clock import fixed_clock
from kit.releases import Release, publish
from tests.serving import market_marts

TITLES = {
    "15-1252": ("detailed", "Software Developers"),
    "15-1250": ("broad", "Software and Web Developers, Programmers, and Testers"),
    "29-1141": ("detailed", "Registered Nurses"),
}
PLACES = {
    "us/ny/new-york": ("city", "New York"),
    "us/metro/35620": ("metro", "New York-Newark-Jersey City, NY-NJ"),
    "us/ny": ("region", "New York"),
    "us": ("country", "United States"),
}
CELL = ["period", "basis", "occupation_level", "occupation_code", "place_level", "place_id"]
KEYS = {
    "mart_pay_bands": [*CELL, "dimension", "dimension_value"],
    "mart_pay_by_experience": [*CELL, "experience_band"],
    "mart_pay_trends": ["month", *CELL[1:]],
    "mart_coverage": CELL,
}
FACTS = {
    "demo": True,
    "captured_from": "2026-01-02",
    "captured_to": "2026-09-30",
    "sources": {"board": {"connector": "greenhouse", "aggregates": True, "display": False, "attribution": "A board"}},
}


def named(occupation: str, place: str) -> dict[str, Any]:
    """The key and name columns of an occupation in a place."""
    level, title = TITLES[occupation]
    place_level, name = PLACES[place]
    return {
        "occupation_level": level,
        "occupation_code": occupation,
        "occupation_title": title,
        "place_level": place_level,
        "place_id": place,
        "place_name": name,
        "country": "US",
    }


def cell(occupation: str, place: str, median: float | None, n: int, **more: Any) -> dict[str, Any]:
    """One row of mart_pay_bands; `median` None stands for a suppressed cell."""
    row: dict[str, Any] = {
        "period": "trailing",
        "basis": "advertised",
        **named(occupation, place),
        "dimension": "all",
        "dimension_value": "all",
        "currency": "USD",
        "n_openings": n * 2,
        "n_observations": n,
        "n_employers": max(1, n // 3),
        "top_employer_share": 0.2,
        "share_with_pay": 0.5,
        "n_effective": n * 0.9,
        "n_employers_effective": max(1.0, n / 4),
        "window_from": date(2025, 10, 1),
        "window_to": date(2026, 9, 30),
        "sources": "board",
        "method": "advertised-pay@2",
        "interval_level": 0.95,
        "interval_method": "clustered" if median else None,
        "share_ranges": median and 0.6,
        "stated_low_p50": median and median * 0.9,
        "stated_mid_p50": median and median * 0.99,
        "stated_high_p50": median and median * 1.1,
        "usd_rate": median and 1.0,
        "p50_usd": median,
        "level": "asked" if median else None,
        "reason": None if median else "suppressed",
        "mean": median and median * 1.02,
        "mean_low": median and median * 0.98,
        "mean_high": median and median * 1.06,
    }
    for level in PERCENTILES:
        row |= percentile(level, median, n)
    return row | more


def percentile(level: int, median: float | None, n: int) -> dict[str, Any]:
    """The columns of one percentile; the outer ones need more observations than most cells have."""
    few = level in (5, 95) and n < 60
    value = None if few or not median else round(median * (0.5 + level / 100), 2)
    return {
        f"p{level}": value,
        f"p{level}_reason": "too_few" if few and median else None,
        f"p{level}_low": value and value * 0.95,
        f"p{level}_high": value and value * 1.05,
    }


def trend(month: date, occupation: str, place: str, median: float) -> dict[str, Any]:
    """One row of mart_pay_trends."""
    figures = {"p50": median, "p50_low": median * 0.99, "p50_high": median * 1.01, "reason": None}
    figures |= {"p50_real": None, "real_reason": "not_covered"}
    counted = {
        "currency": "USD",
        "n_observations": 80,
        "n_employers": 30,
        "n_effective": 71.0,
        "method": "advertised-pay@2",
    }
    return {"month": month, "basis": "advertised", **named(occupation, place), **counted, **figures}


POOLED = {
    "level": "pooled",
    "own_weight": 0.25,
    "spread_ratio": 0.8,
    "method": "pooled-pay@1",
    "interval_method": "shrunk",
    "parent_occupation_level": "detailed",
    "parent_occupation_code": "29-1141",
    "parent_place_level": "country",
    "parent_place_id": "us",
    "parent_dimension": "all",
    "parent_dimension_value": "all",
}
BANDS = [
    cell("15-1252", "us/ny/new-york", 150_000, 120),
    cell("15-1252", "us/metro/35620", 148_000, 200),
    cell("15-1252", "us/ny", 145_000, 240),
    cell("15-1252", "us", 130_000, 900),
    cell("15-1250", "us", 125_000, 1_000),
    cell("15-1252", "us/ny/new-york", 180_000, 40, dimension="seniority", dimension_value="senior"),
    cell("15-1252", "us/ny/new-york", 155_000, 30, dimension="company_size", dimension_value="250-999"),
    cell("15-1252", "us/ny/new-york", 160_000, 25, dimension="industry", dimension_value="51"),
    cell("15-1252", "us/ny/new-york", 120_000, 70, period="2023"),
    cell("29-1141", "us/ny/new-york", None, 4),
    cell("29-1141", "us", 88_000, 300),
    cell("29-1141", "us/ny", 91_000, 6, **POOLED),
]
EXPERIENCE = [
    cell("15-1252", "us/ny/new-york", 120_000, 20) | {"experience_band": "0-1"},
    cell("15-1252", "us/ny/new-york", 150_000, 60) | {"experience_band": "2-4"},
    cell("15-1252", "us/ny/new-york", None, 8) | {"experience_band": "10+"},
]
TRENDS = [
    trend(date(2025, 9, 1), "15-1252", "us/ny", 140_000),
    trend(date(2026, 9, 1), "15-1252", "us/ny", 150_000),
    trend(date(2025, 9, 1), "29-1141", "us", 88_000),
    trend(date(2026, 9, 1), "29-1141", "us", 88_100),
]
NAMES = {"occupation_title": pl.String, "place_name": pl.String, "share_with_pay": pl.Float64}


def tables(raised_by: float = 0.0) -> dict[str, pl.DataFrame]:
    """The marts; `raised_by` moves every median, so that two releases differ."""
    moved = [
        {name: value + raised_by if name == "p50" and value else value for name, value in row.items()} for row in BANDS
    ]
    bands = pl.DataFrame(moved, schema=PAY_CELLS | NAMES)  # type: ignore[operator]
    experience = pl.DataFrame(EXPERIENCE, schema=PAY_CELLS | NAMES | {"experience_band": pl.String})
    whole = bands.filter(pl.col("dimension") == "all")
    coverage = whole.select(
        *CELL, "occupation_title", "place_name", "country", "n_openings", "n_observations", "n_employers",
        "share_with_pay", "window_from", "window_to", "reason", published=pl.col("reason").is_null(),
    )  # fmt: skip
    return {
        "mart_pay_bands": bands,
        "mart_pay_by_experience": experience.drop("dimension", "dimension_value"),
        "mart_pay_trends": pl.DataFrame(TRENDS, schema=PAY_TRENDS | NAMES).drop("share_with_pay"),
        "mart_coverage": coverage,
    }


def release(root: Path, taxonomy: Path, made_at: datetime, raised_by: float = 0.0) -> Release:
    """Publish the market into the folder of releases `root`."""
    made = publish(
        root,
        tables(raised_by) | market_marts.tables(),
        keys=KEYS | market_marts.KEYS,
        folders={"taxonomy": taxonomy},
        facts=FACTS,
        clock=fixed_clock(made_at),
    )
    assert made is not None
    return made
