"""Weekly indices against planted trends, with sources that are dropped, that start, and that add employers."""

import numpy as np
import polars as pl

from accuracy.demand_streams import Stream, demand, draw_many
from accuracy.scores import Plot, Score, Scored, at_least, at_most, share, within
from accuracy.sets import Sets
from accuracy.weekly_truth import Floats
from estimation.demand.calendar import BLOCK_WEEKS
from estimation.demand.index import posting_index

MOST_STREAMS = 100
WEEKS = 80
FALLING = Stream(days=7 * WEEKS, yearly=-0.3)
GONE = slice(40 - WEEKS, 44 - WEEKS)  # of the weeks, from the end
DROPPED = Stream(days=7 * WEEKS, yearly=-0.3, missing=[(0, 7 * 40, 7 * 44)])
STARTED = Stream(days=7 * WEEKS, missing=[(0, 0, 7 * 40)])
LISTED = Stream(days=7 * WEEKS, entrants=0.3)
SEASONAL = Stream(days=7 * 156, per_day=60.0, employers=300, swing=0.25)


def score(sets: Sets) -> Scored:
    """Planted trends recovered; what happens to sources moves the raw index and not the panel."""
    seeds = range(min(MOST_STREAMS, max(10, sets.markets // 10)))
    falling = _drawn(FALLING, seeds)
    dropped = _drawn(DROPPED, seeds)
    scores = [_recovered(falling, seeds), _bias(falling, seeds), *_dropped(falling, dropped, seeds)]
    for measure, stream in (("new_source", STARTED), ("new_employers", LISTED)):
        scores.append(_breaks(measure, _drawn(stream, seeds), seeds))
    scores.append(_seasonal(range(len(seeds) // 5)))
    return Scored(scores, [_plot(dropped)])


def _drawn(stream: Stream, seeds: range) -> pl.DataFrame:
    return posting_index(*draw_many(stream, seeds)).filter(pl.col("place_level") == "region")


def _matrix(series: pl.DataFrame, name: str) -> Floats:
    """Streams x weeks of one column."""
    table = series.sort("place_id", "week").partition_by("place_id", maintain_order=True)
    return np.array([one[name].to_numpy() for one in table], dtype=np.float64)


def _planted(stream: Stream, series: pl.DataFrame) -> Floats:
    """The index that the planted demand would have, for the weeks that the series have."""
    weekly = demand(stream).reshape(-1, 7).sum(axis=1)[-series["week"].n_unique() :]
    base = series.select(pl.col("week").unique().sort().is_between(*series.select("base_from", "base_to").row(0)))
    return 100 * weekly / weekly[base["week"].to_numpy()].mean()


def _recovered(series: pl.DataFrame, seeds: range) -> Score:
    planted = _planted(FALLING, series)
    low, high = _matrix(series, "index_panel_low"), _matrix(series, "index_panel_high")
    known = ~np.isnan(low)
    inside = np.where(known, (low <= planted) & (planted <= high), np.nan)
    each = np.nanmean(inside, axis=1)
    error = float(each.std(ddof=1) / len(each) ** 0.5)
    note = f"{len(seeds)} streams that fall by 30 % a year, in bursts of two"
    return Score("planted_in_interval", float(each.mean()), within(0.93, 0.98), int(known.sum()), error, note=note)


def _bias(series: pl.DataFrame, seeds: range) -> Score:
    planted = _planted(FALLING, series)[-BLOCK_WEEKS:]
    last = np.log(_matrix(series, "index_panel")[:, -BLOCK_WEEKS:].mean(axis=1) / planted.mean())
    error = float(last.std(ddof=1) / len(last) ** 0.5)
    return Score("planted_bias", float(abs(last.mean())), at_most(0.02), len(seeds), error, note="log, at the end")


def _dropped(whole: pl.DataFrame, dropped: pl.DataFrame, seeds: range) -> list[Score]:
    """The same streams with and without a source that a third of openings come from, missing for four weeks."""
    moved = np.abs(np.log(_matrix(dropped, "index_panel") / _matrix(whole, "index_panel")))
    half = np.log(_matrix(dropped, "index_panel_high") / _matrix(dropped, "index_panel"))
    raw = np.log(_matrix(dropped, "index_nsa")[:, GONE].mean() / _matrix(whole, "index_nsa")[:, GONE].mean())
    goal, note = at_least(0.99), f"the raw index moves by {raw:.2f} (log)"
    during = int((moved[:, GONE].mean(axis=1) < half[:, GONE].mean(axis=1)).sum())
    after = int((moved[:, GONE.stop :].mean(axis=1) < half[:, GONE.stop :].mean(axis=1)).sum())
    return [
        share("dropped_source_during", during, len(seeds), goal, note=note),
        share("dropped_source_after", after, len(seeds), goal, note="over all later weeks"),
    ]


def _breaks(measure: str, series: pl.DataFrame, seeds: range) -> Score:
    """A level market whose sources come to show more: the share of streams whose panel stays level by its interval."""
    low, high = (_matrix(series, f"index_panel_{end}")[:, -BLOCK_WEEKS:] for end in ("low", "high"))
    flat = ((low <= 100) & (high >= 100)).mean(axis=1)
    raw = float(np.log(_matrix(series, "index_nsa")[:, -BLOCK_WEEKS:].mean() / 100))
    error = float(flat.std(ddof=1) / len(flat) ** 0.5)
    return Score(
        f"{measure}_flat",
        float(flat.mean()),
        at_least(0.9),
        len(seeds),
        error,
        note=f"the raw index moves by {raw:.2f} (log)",
    )


def _seasonal(seeds: range) -> Score:
    """What is left of a planted season of 25 % either way in the adjusted panel index."""
    series = _drawn(SEASONAL, seeds)
    years = np.arange(7 * 156).reshape(-1, 7).mean(axis=1) / 365.25
    wave = np.sin(2 * np.pi * years)[-series["week"].n_unique() :]
    before, after = (_swing(_matrix(series, name), wave) for name in ("index_panel", "index_panel_sa"))
    left = after / before.mean()
    error = float(left.std(ddof=1) / len(left) ** 0.5)
    return Score("season_left", abs(float(left.mean())), at_most(0.1), len(left), error, note="of the planted swing")


def _swing(index: Floats, wave: Floats) -> Floats:
    """How much each stream's logarithm follows the wave, in the weeks that are known."""
    logs = np.log(index)
    known = ~np.isnan(logs).any(axis=0)
    here = wave[known] - wave[known].mean()
    slopes: Floats = logs[:, known] @ here / (here @ here)
    return slopes


def _plot(dropped: pl.DataFrame) -> Plot:
    one = dropped.filter(pl.col("place_id") == dropped["place_id"].min()).sort("week")
    weeks = [float(number) for number in range(one.height)]
    lines = {
        label: (weeks, one[name].fill_null(float("nan")).to_list())
        for label, name in (
            ("raw", "index_nsa"),
            ("panel", "index_panel"),
            ("low", "index_panel_low"),
            ("high", "index_panel_high"),
        )
    }
    return Plot("dropped_source", "A source is not captured for four weeks", "week", "index", lines)
