"""A small labour market written by hand in the normalised schema, and what it takes to put it into a store."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from ingestion.schema import FX_RATES, WAGE_STATISTICS
from kit.frames import Schema, write_frame
from kit.identifiers import stable_id
from kit.store import Store
from normalisation.schema import POSTING_SKILLS, POSTINGS, SALARIES
from orchestration.empty_frames import SINGLE

SCHEMAS: dict[str, Schema] = {
    "postings": POSTINGS,
    "posting_skills": POSTING_SKILLS,
    "salaries": SALARIES,
    "wage_statistics": WAGE_STATISTICS,
    "fx_rates": FX_RATES,
}
LAYERS = {"wage_statistics": "canonical", "fx_rates": "canonical"}

Row = dict[str, Any]
DEVELOPER = {"occupation_code": "15-1252", "occupation_level": "detailed"}
NURSE = {"occupation_code": "29-1141", "occupation_level": "detailed"}
NEW_YORK = {
    "place_id": "us/ny/new-york",
    "place_level": "city",
    "country": "US",
    "region": "ny",
    "city": "New York",
    "metro": "35620",
}
LONDON = {"place_id": "gb/eng/london", "place_level": "city", "country": "GB", "region": "eng", "city": "London"}
OCCUPATIONS = [
    ("15-0000", "Computer and mathematical", "major", None),
    ("15-1200", "Computer", "minor", "15-0000"),
    ("15-1250", "Software", "broad", "15-1200"),
    ("15-1252", "Software developers", "detailed", "15-1250"),
    ("29-0000", "Healthcare practitioners", "major", None),
    ("29-1000", "Diagnosing or treating", "minor", "29-0000"),
    ("29-1140", "Registered nurses", "broad", "29-1000"),
    ("29-1141", "Registered nurses", "detailed", "29-1140"),
]
PLACES = [
    ("us", "United States", "country", "US", None, None),
    ("us/ny", "New York", "region", "US", "us/ny", None),
    ("us/metro/35620", "New York metro area", "metro", "US", None, "35620"),
    ("us/ny/new-york", "New York, NY", "city", "US", "us/ny", "35620"),
    ("gb", "United Kingdom", "country", "GB", None, None),
    ("gb/eng", "England", "region", "GB", "gb/eng", None),
    ("gb/eng/london", "London", "city", "GB", "gb/eng", None),
]
SKILLS = [("python", "Python", "technology"), ("sql", "SQL", "technology"), ("triage", "Triage", "knowledge")]


def posting(number: int, source: str = "board", day: date = date(2026, 6, 30), **columns: Any) -> Row:
    """One capture of a posting; `pay` = (min, max, currency) or None is shorthand for the pay columns."""
    pay = columns.pop("pay", None)
    stated = {"pay_reason": "not_stated"}
    if pay:
        low, high, currency = pay
        stated = {"pay_annual_min": low, "pay_annual_max": high, "pay_currency": currency, "pay_kind": "base"}
    return (
        {
            "source": source,
            "captured_on": day,
            "posting_id": stable_id(source, number),
            "source_posting_id": str(number),
            "title": "Developer",
            "posted_on": day,
            "employer": "Acme",
            "employer_key": "acme",
        }
        | DEVELOPER
        | NEW_YORK
        | stated
        | columns
    )


def salary(number: int, source: str = "survey", day: date = date(2026, 6, 30), **columns: Any) -> Row:
    """One salary observation, in dollars a year unless `pay` says otherwise."""
    low, high, currency = columns.pop("pay", (100_000.0, 100_000.0, "USD"))
    return (
        {
            "source": source,
            "captured_on": day,
            "observation_id": stable_id(source, "salary", number),
            "basis": "reported",
            "observed_on": day,
            "employer_key": f"firm {number}",
            "pay_annual_min": low,
            "pay_annual_max": high,
            "pay_currency": currency,
            "pay_kind": "base",
        }
        | DEVELOPER
        | NEW_YORK
        | columns
    )


def write_partitions(store: Store, frame: str, rows: Iterable[Row]) -> None:
    """Write the rows of a frame, one file per source and capture day; days that are there are replaced."""
    parts: dict[tuple[str, date], list[Row]] = {}
    for row in rows:
        parts.setdefault((row["source"], row["captured_on"]), []).append(row)
    for (source, day), part in parts.items():
        full = pl.DataFrame(part, schema=SCHEMAS[frame], infer_schema_length=None)
        path = store.partition(LAYERS.get(frame, "normalised"), frame, source, day)
        write_frame(full, path, inputs=str(stable_id(*map(str, part))))


def write_single(store: Store, layer: str, frame: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write a frame that has one file."""
    schema = SINGLE[layer][frame]
    write_frame(pl.DataFrame(list(rows), schema=schema, orient="row"), store.root / layer / f"{frame}.parquet")


def write_reference(store: Store, **rights: dict[str, Any]) -> None:
    """Occupations, places, skills, countries, and the sources with their rights (aggregates alone unless said)."""
    write_single(store, "reference", "occupations", OCCUPATIONS)
    write_single(store, "reference", "places", PLACES)
    write_single(store, "reference", "skills", SKILLS)
    write_single(store, "reference", "countries", [("US", "USD"), ("GB", "GBP")])
    rows = []
    for name, given in rights.items():
        flags = [given.get(flag, flag == "aggregates") for flag in ("aggregates", "display", "export", "confidential")]
        rows.append(
            (name, "files", *flags, given.get("contributors", "employers"), f"By {name}", "https://example.org/terms")
        )
    write_single(store, "reference", "sources", rows)


def write_openings(store: Store, postings: Iterable[Row], same: dict[int, int] | None = None) -> None:
    """Each posting its own opening, except those that `same` gives another posting's."""
    ids = sorted({row["posting_id"] for row in postings})
    write_single(store, "openings", "members", [(one, (same or {}).get(one, one)) for one in ids])
