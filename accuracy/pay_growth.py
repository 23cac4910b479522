"""Growth of pay with a planted rate, and with a mix that shifts while no pay changes."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from accuracy.scores import Score, Scored, at_least, share, within
from accuracy.sets import Sets
from estimation.demand.pay_growth import YEAR_DAYS, pay_growth
from estimation.schema import COUNTRIES
from estimation.schema_trends import MATCHED_PAY

LAST = date(2026, 6, 30)
MOST_MARKETS = 1000
CELLS = 40
OBSERVATIONS = 600  # in either window of a market


def score(sets: Sets) -> Scored:
    """Coverage of a planted 5 %, and flatness where only the mix moves."""
    markets = min(MOST_MARKETS, sets.markets)
    planted, shifted = _grown(markets, 0.05, 0.0), _grown(markets, 0.0, 1.0)
    covered = int(planted.select((pl.col("growth_low") <= 0.05) & (pl.col("growth_high") >= 0.05)).sum().item())
    note = f"{CELLS} cells, log pay spread by 0.2 in a cell"
    coverage = share("planted_in_interval", covered, markets, within(0.93, 0.975), note=note)
    return Scored([coverage, *_flat(shifted, markets), _bias(planted)])


def _flat(shifted: pl.DataFrame, markets: int) -> list[Score]:
    flat = int(shifted.select((pl.col("growth_low") <= 0) & (pl.col("growth_high") >= 0)).sum().item())
    moved = int(shifted.select(pl.col("raw_growth").abs() > 0.05).sum().item())
    return [
        share("mix_shift_flat", flat, markets, at_least(0.93), note="matched growth: 0 in its interval"),
        share("mix_shift_moves_raw", moved, markets, at_least(0.9), note="the raw median moves by over 5 %"),
    ]


def _bias(planted: pl.DataFrame) -> Score:
    growth = planted["growth"].to_numpy()
    error = float(growth.std(ddof=1) / len(growth) ** 0.5)
    return Score("planted_mean", float(growth.mean()), within(0.045, 0.055), len(growth), error, note="of 5 %")


def _grown(markets: int, rate: float, shift: float) -> pl.DataFrame:
    """Growth of simulated markets, as regions of one country.

    Cells differ in level and in how common they are; `shift` moves postings towards well paid cells between windows.
    """
    rng = np.random.default_rng([markets, int(1000 * rate), int(1000 * shift), 51])
    level = rng.normal(0.0, 0.4, (markets, CELLS))
    common = rng.gamma(2.0, 1.0, (markets, CELLS))
    frames = []
    for number in range(markets):
        for recent in (False, True):
            chance = common[number] * np.exp(shift * level[number] * recent)
            cell = rng.choice(CELLS, OBSERVATIONS, p=chance / chance.sum())
            log_pay = 11.0 + level[number, cell] + np.log1p(rate) * recent + rng.normal(0, 0.2, OBSERVATIONS)
            frames.append(_rows(number, cell, log_pay, recent))
    pay = pl.concat(frames)
    countries = pl.DataFrame([("US", "USD", LAST)], schema=COUNTRIES, orient="row")
    grown = pay_growth(pay.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias("observation_id")), countries)
    return grown.filter(pl.col("place_level") == "region", pl.col("occupation_level") == "all")


def _rows(market: int, cell: object, log_pay: object, recent: bool) -> pl.DataFrame:
    day = LAST - timedelta(10 if recent else 10 + YEAR_DAYS)
    told = {
        "basis": "advertised",
        "observed_on": day,
        "country": "US",
        "region_id": f"us/{market}",
        "occupation_major": None,
        "seniority": None,
        "pay_period": "year",
    }
    frame = pl.DataFrame({"cell": cell, "log_pay": log_pay}).select(
        pl.lit(0).alias("observation_id"),
        *(pl.lit(value).alias(name) for name, value in told.items()),
        pl.format("15-{}", pl.col("cell") + 1000).alias("occupation_detailed"),
        pl.format("firm {}", pl.int_range(pl.len()) % 50).alias("employer_key"),
        pl.col("log_pay").exp().alias("pay_annual"),
    )
    return frame.select(MATCHED_PAY.keys()).cast(dict(MATCHED_PAY))  # type: ignore[arg-type]
