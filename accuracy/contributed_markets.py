"""Markets of contributed pay, release after release: thin, skewed, with contributors of one and of many rows."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from estimation.schema import PAY_OBSERVATIONS

FIRST_RELEASE = date(2026, 6, 30)
BETWEEN = (timedelta(40), timedelta(100))  # from one release to the next
GIVEN, ROWS, MORE = 500, 260, 30  # days over which rows were given, rows at first, and with each later release
GONE, CORRECTED = 0.02, 0.02  # of the rows, from one release to the next


@dataclass(frozen=True)
class Snapshot:
    """What is there at one release: confidential rows as PAY_OBSERVATIONS, and the countries."""

    confidential: pl.DataFrame
    countries: pl.DataFrame


def snapshots(seed: int) -> list[Snapshot]:
    """Three releases of one market: rows come, a few go, and some state other pay than before."""
    rng = np.random.default_rng([seed, 11])
    day, rows = FIRST_RELEASE, contributions(rng, ROWS, FIRST_RELEASE, 0)
    found = [Snapshot(rows, countries(day))]
    for number, later in enumerate(BETWEEN, start=1):
        day += later
        kept = rows.filter(pl.Series(rng.random(rows.height) >= GONE))
        factor = pl.Series(np.where(rng.random(kept.height) < CORRECTED, 1.1, 1.0))
        kept = kept.with_columns((pl.col("^pay_.*$") * factor).round(2))
        rows = pl.concat([kept, contributions(rng, MORE, day, number * 10_000)])
        found.append(Snapshot(rows, countries(day)))
    return found


def countries(day: date) -> pl.DataFrame:
    """The one country, last captured on that day."""
    return pl.DataFrame({"country": ["US"], "currency": ["USD"], "last_captured_on": [day]})


def contributions(rng: np.random.Generator, rows: int, day: date, first_id: int, source: str = "given") -> pl.DataFrame:
    """Rows of up to `GIVEN` days before `day`: people, and firms that give several rows each."""
    occupation = np.minimum((rng.pareto(1.2, rows) * 1.5).astype(np.int64), 11)
    city = np.where(rng.random(rows) < 0.1, -1, np.minimum((rng.pareto(1.0, rows) * 1.5).astype(np.int64), 7))
    region = np.where(city >= 0, city // 3, 0)
    person = rng.random(rows) < 0.7
    firm = (rng.pareto(1.0, rows) * 2).astype(np.int64) % 12
    pay = np.round(rng.lognormal(11.0, 0.5, rows), 2)
    ids = first_id + np.arange(rows)
    frame = pl.DataFrame({"o": occupation, "c": city, "r": region}).with_columns(
        observation_id=pl.Series(ids),
        observed_on=pl.Series([day - timedelta(int(days)) for days in rng.integers(0, GIVEN, rows)]),
        seniority=pl.Series(
            np.array(["entry", "mid", "senior", None], dtype=object)[rng.integers(0, 4, rows)].tolist()
        ),
        experience_years=pl.Series(rng.integers(0, 15, rows).astype(np.float64)),
        employer_key=pl.Series(
            [None if alone else f"firm {number}" for alone, number in zip(person, firm, strict=True)]
        ),
        contributor_id=pl.Series([int(i) if alone else None for alone, i in zip(person, ids, strict=True)]),
        **dict.fromkeys(("pay_annual", "pay_annual_min", "pay_annual_max", "pay_annual_usd"), pl.Series(pay)),
    )
    return _placed(frame, source).select(PAY_OBSERVATIONS.keys()).cast(dict(PAY_OBSERVATIONS))  # type: ignore[arg-type]


def _placed(frame: pl.DataFrame, source: str) -> pl.DataFrame:
    """Occupations in a tree of four levels, cities in metros and regions; the region is known where the city is not."""
    known, o = pl.col("c") >= 0, pl.col("o")
    region = pl.format("us/r{}", "r")
    return frame.with_columns(
        basis=pl.lit("reported"),
        occupation_code=pl.format("1{}-1{}", o // 4, o + 100),
        occupation_level=pl.lit("detailed"),
        occupation_broad=pl.format("1{}-1{}0", o // 4, o // 2 + 50),
        occupation_minor=pl.format("1{}-1{}00", o // 4, o // 2),
        occupation_major=pl.format("1{}-0000", o // 4),
        place_id=pl.when(known).then(pl.format("{}/c{}", region, "c")).otherwise(region),
        place_level=pl.when(known).then(pl.lit("city")).otherwise(pl.lit("region")),
        region_id=region,
        metro=pl.when(known).then(pl.format("{}", pl.col("c") // 2)),
        country=pl.lit("US"),
        company_size=pl.when(o % 2 == 0).then(pl.lit("1-50")).otherwise(pl.lit("51-250")),
        industry=pl.lit("54"),
        sources=pl.lit(source),
    )
