"""Roles and skills whose share of openings grows: with an interval, and false discoveries held down.

Two windows of 13 weeks are compared, a year apart where sources were watched through both, else next to each other.
Employers post in bursts and each in its own words, so the variance of the log ratio of shares is summed over employers
(the linearised ratio estimator, an employer's openings whole) and held against Student's t with one degree of freedom
fewer than there are employers with the item. What has at least LEAST_OPENINGS in the recent window, of LEAST_EMPLOYERS
employers, is tested against growth of THRESHOLD; of all that was tested in a country, those that pass at a false
discovery rate of FALSE_DISCOVERIES (Benjamini and Hochberg 1995), and whose interval lies above the threshold, emerge.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy import stats

from estimation.demand.coverage import watched_spans
from estimation.markets import Market, in_market
from estimation.quantiles import Floats
from estimation.schema_trends import DESCRIBED, EMERGING, MARKET

VERSION = 1
LEVEL = 0.95
WINDOW_DAYS = 91
COMPARISONS = {"year": 364, "quarter": 91}  # the first that sources were watched for
LEAST_OPENINGS = 30
LEAST_EMPLOYERS = 3
THRESHOLD = 0.10
FALSE_DISCOVERIES = 0.05
EPOCH = date(1970, 1, 1)
# Where an item may emerge.
TESTED = (
    ("role", Market("all", "country")),
    ("role", Market("all", "region")),
    ("skill", Market("all", "country")),
    ("skill", Market("major", "country")),
)


@dataclass(frozen=True)
class Windows:
    """What is compared in a country, and the sources that were watched through both."""

    comparison: str
    recent: tuple[date, date]
    before: tuple[date, date]
    sources: list[str]


def emerging(openings: pl.DataFrame, skills: pl.DataFrame, captures: pl.DataFrame) -> pl.DataFrame:
    """All that was tested, as EMERGING in order of country, market, kind and item.

    `openings` as DESCRIBED, `skills` with posting_id and skill_id, `captures` as CAPTURES.
    """
    spans = watched_spans(captures)
    frames = [pl.DataFrame(schema=EMERGING)]
    for country in sorted(openings["country"].drop_nulls().unique()):
        mine = openings.filter(pl.col("country") == country).select(DESCRIBED.keys())
        windows = _windows(spans, sorted(mine["representative_source"].unique()))
        if windows is not None:
            frames.append(_country(mine, skills, windows))
    return pl.concat(frames).sort(*MARKET, "kind", "item_id")


def _windows(spans: pl.DataFrame, sources: list[str]) -> Windows | None:
    mine = spans.filter(pl.col("source").is_in(sources))
    if mine.is_empty():
        return None
    last = int(mine["until"].max())  # type: ignore[arg-type]
    # A source whose last capture is a few days behind still covers its country.
    ends = mine.filter(pl.col("until") > last - 7)
    until = int(ends["until"].min())  # type: ignore[arg-type]
    for comparison, days in COMPARISONS.items():
        first = until - days - WINDOW_DAYS + 1
        parts = [(until - WINDOW_DAYS + 1, until), (first, until - days)]
        through = [
            {source for source, after, to in mine.iter_rows() if after < begin and to >= end} for begin, end in parts
        ]
        both = sorted(set.intersection(*through))
        if both:
            recent, before = ((EPOCH + timedelta(begin), EPOCH + timedelta(end)) for begin, end in parts)
            return Windows(comparison, recent, before, both)
    return None


def _country(openings: pl.DataFrame, skills: pl.DataFrame, windows: Windows) -> pl.DataFrame:
    recent = pl.col("opened_on").is_between(*windows.recent)
    rows = openings.filter(
        pl.col("representative_source").is_in(windows.sources)
        & (recent | pl.col("opened_on").is_between(*windows.before))
    ).with_columns(recent.alias("recent"))
    named = rows.join(
        skills.select("posting_id", "skill_id").unique(), left_on="representative_posting_id", right_on="posting_id"
    )
    tested = pl.concat([pl.DataFrame(schema=_TESTED), *_each(rows, named)])
    q_values = [
        pl.Series("q_value", benjamini_hochberg(part["p_value"].to_numpy()))
        for part in tested.partition_by("kind", maintain_order=True)
    ]
    return _told(tested.with_columns(pl.concat(q_values) if q_values else pl.lit(None).alias("q_value")), windows)


def _each(rows: pl.DataFrame, named: pl.DataFrame) -> Iterator[pl.DataFrame]:
    columns = [*MARKET, "recent", "employer_or_source"]
    for kind, market in TESTED:
        item = pl.col("skill_id" if kind == "skill" else "occupation_detailed").alias("item_id")
        whole = rows.filter(pl.col("occupation_detailed").is_not_null()) if kind == "role" else rows
        with_item = in_market(named if kind == "skill" else whole, market).select(*columns, item).drop_nulls()
        yield tested_items(in_market(whole, market).select(columns).drop_nulls(), with_item, kind)


_TESTED = {name: EMERGING[name] for name in [*MARKET, "kind", "item_id"]} | {
    "n_openings": pl.Int64,
    "n_openings_before": pl.Int64,
    "n_openings_with": pl.Int64,
    "n_openings_with_before": pl.Int64,
    "n_employers": pl.Int64,
    "log_growth": pl.Float64,
    "half_width": pl.Float64,
    "p_value": pl.Float64,
}


def tested_items(rows: pl.DataFrame, named: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Every item of `named` with enough openings, tested within its market.

    `rows` has a row per opening (the market, recent, employer_or_source), `named` one per opening and item.
    """
    market, now = list(MARKET), pl.col("recent")
    counts = [now.sum().cast(pl.Int64).alias("now"), (~now).sum().cast(pl.Int64).alias("then")]
    whole = rows.group_by(*market, "employer_or_source").agg(counts)
    total = pl.col("now").sum().over(market), pl.col("then").sum().over(market)
    # What an employer adds to the log of the market's own size.
    sizes = whole.with_columns(
        total[0].alias("n_openings"),
        total[1].alias("n_openings_before"),
        (pl.col("now") / total[0] - pl.col("then") / total[1]).alias("size"),
    ).filter((pl.col("n_openings") > 0) & (pl.col("n_openings_before") > 0))
    keys = [*market, "item_id"]
    asked = named.group_by(*keys, "employer_or_source").agg(counts).sort(*keys, "employer_or_source")
    enough = (pl.col("now").sum().over(keys) >= LEAST_OPENINGS) & (
        (pl.col("now") > 0).sum().over(keys) >= LEAST_EMPLOYERS
    )
    asked = asked.filter(enough).join(
        sizes.select(*market, "employer_or_source", "n_openings", "n_openings_before", "size"),
        on=[*market, "employer_or_source"],
        maintain_order="left",
    )
    if asked.is_empty():
        return pl.DataFrame(schema=_TESTED)
    square = pl.col("size") ** 2
    all_sizes = sizes.sort(*market, "employer_or_source").group_by(market, maintain_order=True).agg(square.sum())
    return _figures(asked, all_sizes.rename({"size": "all_sizes"}), kind)


def _figures(asked: pl.DataFrame, all_sizes: pl.DataFrame, kind: str) -> pl.DataFrame:
    market, keys = list(MARKET), [*MARKET, "item_id"]
    totals = (
        asked.group_by(keys, maintain_order=True)
        .agg(
            pl.col("n_openings", "n_openings_before").first(),
            pl.col("now").sum().alias("n_openings_with"),
            pl.col("then").sum().alias("n_openings_with_before"),
            (pl.col("now") > 0).sum().cast(pl.Int64).alias("n_employers"),
            pl.len().alias("employers"),
            # Half an opening more before, so that what is new has a finite growth.
            _added().alias("added"),
        )
        .join(all_sizes, on=market, maintain_order="left")
    )
    told = totals.with_columns(
        (
            (pl.col("n_openings_with") / pl.col("n_openings")).log()
            - ((pl.col("n_openings_with_before") + 0.5) / (pl.col("n_openings_before") + 0.5)).log()
        ).alias("log_growth"),
        pl.max_horizontal(
            pl.col("added") + pl.col("all_sizes"),
            1 / pl.col("n_openings_with") + 1 / (pl.col("n_openings_with_before") + 0.5),
        )
        .sqrt()
        .alias("error"),
    )
    freedom = told["employers"].to_numpy() - 1
    error, growth = told["error"].to_numpy(), told["log_growth"].to_numpy()
    return told.with_columns(
        pl.lit(kind).alias("kind"),
        pl.Series("half_width", stats.t.ppf(0.5 + LEVEL / 2, freedom) * error),
        pl.Series("p_value", stats.t.sf((growth - np.log1p(THRESHOLD)) / error, freedom)),
    ).select(_TESTED.keys())


def _added() -> pl.Expr:
    """What employers with the item add to the variance, beyond what they add by their size alone."""
    now, then = pl.col("now"), pl.col("then")
    item = now / now.sum() - then / (then.sum() + 0.5)
    return ((item - pl.col("size")) ** 2 - pl.col("size") ** 2).sum()


def benjamini_hochberg(p_values: Floats) -> Floats:
    """The smallest false discovery rate at which each test still passes."""
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * count / np.arange(1, count + 1)
    found = np.empty(count)
    found[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return found


def _told(tested: pl.DataFrame, windows: Windows) -> pl.DataFrame:
    growth, half = pl.col("log_growth"), pl.col("half_width")
    dates = dict(
        zip(("window_from", "window_to", "before_from", "before_to"), windows.recent + windows.before, strict=True)
    )
    return (
        tested.with_columns(
            (pl.col("n_openings_with") / pl.col("n_openings")).alias("share"),
            (pl.col("n_openings_with_before") / pl.col("n_openings_before")).alias("share_before"),
            (growth.exp() - 1).alias("growth"),
            ((growth - half).exp() - 1).alias("growth_low"),
            # Few employers have intervals without a useful upper end.
            ((growth + half).clip(upper_bound=20.0).exp() - 1).alias("growth_high"),
            pl.lit(windows.comparison).alias("comparison"),
            *(pl.lit(day).alias(name) for name, day in dates.items()),
            pl.lit(THRESHOLD).alias("threshold"),
            pl.lit(LEVEL).alias("interval_level"),
            pl.lit(f"emerging-shares@{VERSION}").alias("method"),
        )
        .with_columns(
            ((pl.col("q_value") <= FALSE_DISCOVERIES) & (pl.col("growth_low") > THRESHOLD)).alias("is_emerging")
        )
        .select(EMERGING.keys())
        .cast(dict(EMERGING))  # type: ignore[arg-type]
    )
