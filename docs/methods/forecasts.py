"""Make a forecast of a release again: `python docs/methods/forecasts.py RELEASE_FOLDER`.

Reads mart_posting_index and mart_demand_forecasts. Takes the largest market that has a forecast without a season: the
mean, on the log scale, of damped exponential smoothing and of two damped drifts, brought to openings. Exits with 1
where a week differs by more than a hundredth of an opening or a thousandth.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl
from statsforecast.models import AutoETS

MARKET = ["occupation_level", "occupation_code", "place_level", "place_id"]
WEEKS = 13


def carried_on(index: np.ndarray) -> np.ndarray:
    """The index of the next weeks."""
    logs = np.log(index)
    smoothed = AutoETS(model="AAN", damped=True, season_length=1).forecast(logs, WEEKS)["mean"]
    damped = np.cumsum(0.9 ** np.arange(1, WEEKS + 1))
    last = len(logs) - 1
    drifts = [logs[-1] + (logs[-1] - logs[-1 - min(span, last)]) / min(span, last) * damped for span in (26, 52)]
    return np.exp(np.mean([smoothed, *drifts], axis=0))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/forecasts.py RELEASE_FOLDER\n")
        return 2
    tables = Path(sys.argv[1]) / "tables"
    forecasts = pl.read_parquet(tables / "mart_demand_forecasts.parquet")
    plain = forecasts.filter(pl.col("forecast").is_not_null(), ~pl.col("seasonal"))
    if plain.is_empty():
        sys.stdout.write("this release has no forecast without a season: it needs 26 weeks of an index\n")
        return 0
    market = plain.sort("n_openings", *MARKET).tail(1).select(MARKET)
    told = plain.join(market, on=MARKET).sort("weeks_ahead")
    index = pl.read_parquet(tables / "mart_posting_index.parquet").join(market, on=MARKET).sort("week")
    index = index.filter(pl.col("week") >= pl.col("base_from"))
    recent = index.tail(4)
    again = carried_on(index["index_panel"].to_numpy()) * recent["n_openings"].sum() / recent["index_panel"].sum()
    published = told["forecast"].to_numpy()
    name = told.row(0, named=True)
    sys.stdout.write(
        f"{name['occupation_title']} in {name['place_name']}, week of {name['week']}: "
        f"published {published[0]:.2f}, recomputed {again[0]:.2f}\n"
        f"13 weeks ahead: published {published[-1]:.2f}, recomputed {again[-1]:.2f}\n"
    )
    return 0 if np.allclose(published, again, rtol=1e-3, atol=0.01) else 1


if __name__ == "__main__":
    sys.exit(main())
