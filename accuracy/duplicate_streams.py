"""A synthetic market of three boards over some weeks: what clustering makes of it against what is true of it."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl

from accuracy.pairs import pair_scores, share_of
from accuracy.scores import Score, at_least, at_most
from accuracy.sets import Sets
from accuracy.streams import clustered, ingest
from ingestion.synthetic import Market, market_sources
from ingestion.synthetic.truth import Truth, truth
from kit.store import Store

LAST = date(2026, 6, 30)
DAYS = 42  # reposts come up to four weeks later
POSTINGS_A_MARKET = 12  # of Sets.markets: 24,000 postings in full
TEXT_BYTES = 1_400
SEED = 20_260  # no other test or benchmark draws this market


def market(sets: Sets, new_store: Callable[[], Store]) -> list[Score]:
    """Pairs, the number of openings, and the hard cases of which the market has a known share."""
    size = POSTINGS_A_MARKET * max(sets.markets, 20)
    drawn = Market.sized(size, LAST - timedelta(DAYS - 1), LAST, seed=SEED, text_bytes=TEXT_BYTES)
    store = new_store()
    ingest(store, market_sources(drawn).sources)
    known = truth(drawn)
    rows = clustered(store).join(known.postings.select("posting_id", true="opening_id"), on="posting_id")
    pairs = pair_scores(rows, "opening_id", "true")
    n_true, n_found = rows["true"].n_unique(), rows["opening_id"].n_unique()
    error = abs(n_found - n_true) / n_true
    return [
        share_of("market_precision", pairs.right, pairs.together, n_true, at_least(0.98)),
        share_of("market_recall", pairs.right, pairs.true, n_true, at_least(0.95)),
        Score("market_unique_count_error", error, at_most(0.02), n_true, (max(error, 1e-4) / n_true) ** 0.5),
        *_siblings(rows, known),
    ]


def _siblings(rows: pl.DataFrame, known: Truth) -> list[Score]:
    """Openings that bear the text of the one before them: for another place, or under another requisition."""
    scores = []
    for measure, kind in (("market_templates_apart", "template"), ("market_requisitions_apart", "same_place")):
        later = known.openings.filter(pl.col(kind)).select(true="opening_id", earlier=pl.col("opening_id") - 1)
        of = rows.group_by("true").agg(pl.col("opening_id").unique())
        both = later.join(of, on="true").join(of.rename({"true": "earlier"}), on="earlier", suffix="_earlier")
        shared = pl.col("opening_id").list.set_intersection("opening_id_earlier").list.len()
        apart = both.filter(shared == 0).height
        scores.append(share_of(measure, apart, both.height, both.height, at_least(0.98)))
    return scores
