"""Observations for tests: a small seeded market in the columns of PAY_OBSERVATIONS."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from estimation.schema import COUNTRIES, PAY_OBSERVATIONS

LAST = date(2026, 6, 30)
US = pl.DataFrame({"country": ["US"], "currency": ["USD"], "last_captured_on": [LAST]}, schema=COUNTRIES)


def observation(number: int, **columns: Any) -> dict[str, Any]:
    """One advertised opening of a developer in New York, paid 100,000 a year unless said otherwise."""
    return {
        "observation_id": number,
        "basis": "advertised",
        "observed_on": LAST,
        "occupation_code": "15-1252",
        "occupation_level": "detailed",
        "occupation_broad": "15-1250",
        "occupation_minor": "15-1200",
        "occupation_major": "15-0000",
        "place_id": "us/ny/new-york",
        "place_level": "city",
        "region_id": "us/ny",
        "metro": "35620",
        "country": "US",
        "employer_key": f"employer {number}",
        "pay_annual": 100_000.0,
        "sources": "board",
    } | columns


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=PAY_OBSERVATIONS, infer_schema_length=None)


def random_market(size: int, seed: int = 7) -> pl.DataFrame:
    """A market of two bases, several occupations, places and employers, some unknown, over two years."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(size):
        middle, half = round(float(rng.lognormal(11.3, 0.35)), 2), float(rng.choice([0.0, 0.05, 0.2]))
        low, high = round(middle * (1 - half), 2), round(middle * (1 + half), 2)
        paid = rng.random() >= 0.3
        detail = int(rng.integers(1, 4))
        city = str(rng.choice(["a", "b"]))
        rows.append(
            observation(
                number,
                basis=str(rng.choice(["advertised", "reported"])),
                observed_on=LAST - timedelta(days=int(rng.integers(0, 600))),
                occupation_code=f"15-125{detail}",
                place_id=f"us/ny/{city}",
                seniority=[None, "mid", "senior"][int(rng.integers(0, 3))],
                experience_years=[None, 1.0, 3.0, 12.0][int(rng.integers(0, 4))],
                industry=[None, "51"][int(rng.integers(0, 2))],
                employer_key=None if rng.random() < 0.1 else f"employer {int(rng.integers(0, 25))}",
                pay_annual=round((low + high) / 2, 2) if paid else None,
                pay_annual_min=low if paid else None,
                pay_annual_max=high if paid else None,
                pay_annual_usd=round((low + high) / 2, 2) if paid else None,
                sources=str(rng.choice(["board", "board,feed", "feed"])),
            )
        )
    return frame(rows)
