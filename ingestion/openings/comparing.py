"""Edges of the blocks that news touched: found anew where they must be, else as they were found before.

An edge depends on its two postings and its block's kind alone. Postings that come only push old pairs out of the window
of a large block, or end that both are their sources' only ones; so of two old postings nothing is compared again,
unless their block lost a posting, which can bring pairs into the window.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from ingestion.openings import history
from ingestion.openings.blocks import comparable, pairs_of
from ingestion.openings.scoring import EDGES, Scorer, sketch_rows
from kit.store import Store
from normalisation.fingerprints import SKETCH_SIZE
from normalisation.schema import FINGERPRINTS

GROUPS = 4
FEW = 1_000_000  # rows of blocks whose pairs are held together


@dataclass(frozen=True)
class Touched:
    """What news did: the blocks that it touched and the EDGES found in them before, the keys of those that lost a
    posting, and the ids of the postings that came.
    """

    blocks: pl.DataFrame
    edges: pl.DataFrame
    lost: pl.Series
    fresh: pl.Series


def compared(store: Store, postings: pl.DataFrame, touched: Touched) -> tuple[pl.DataFrame, int]:
    """EDGES of the touched blocks; and how many postings were compared for them.

    `postings` are rows of history.POSTINGS with blocks.rank, ordered by posting_id.
    """
    blocks = comparable(touched.blocks)
    standing = postings.join(blocks.select("posting_id").unique(), on="posting_id", how="semi", maintain_order="left")
    standing = standing.with_columns(fresh=pl.col("posting_id").is_in(touched.fresh.implode()))
    # A pair may come up in several groups, but of many only a part is ever in memory.
    groups: Iterable[_Pairs] = (
        _pairs(standing, blocks.filter(pl.col("key") % GROUPS == n), touched) for n in range(GROUPS)
    )
    if len(blocks) <= FEW:  # only what is compared has to be read
        groups = list(groups)
        ids = pl.concat([group.again[end].alias("posting_id") for group in groups for end in ("a", "b")]).unique()
        standing = standing.join(ids.to_frame(), on="posting_id", how="semi", maintain_order="left")
    scorer = Scorer(*_read(store, standing))
    found = [pl.DataFrame(schema=EDGES)]
    for group in groups:
        found += [group.kept, scorer.edges(group.again)]
    return pl.concat(found), len(standing)


@dataclass(frozen=True)
class _Pairs:
    """Pairs to compare (blocks.pairs_of), and the EDGES of the others."""

    again: pl.DataFrame
    kept: pl.DataFrame


def _pairs(standing: pl.DataFrame, blocks: pl.DataFrame, touched: Touched) -> _Pairs:
    at = np.searchsorted(standing["posting_id"].to_numpy(), blocks["posting_id"].to_numpy())
    about = standing.select(pl.col("source").cast(pl.Categorical), "rank", "fresh")[at]
    pairs = pairs_of(blocks.hstack(about))
    again = pl.col("fresh") | pl.col("key").is_in(touched.lost.implode())
    old = pairs.filter(~again).select("key", "a", "b", "alone")
    kept = touched.edges.join(old, on=["key", "a", "b"]).filter(~pl.col("while_alone") | pl.col("alone"))
    return _Pairs(pairs.filter(again), kept.select(list(EDGES)))


def _read(store: Store, wanted: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """Fingerprints without their sketches, ordered by posting_id, and the sketches as rows of one array."""
    ids = wanted["posting_id"].to_numpy()
    sketch = np.empty((len(ids), SKETCH_SIZE), dtype=np.uint32)
    parts = [pl.DataFrame(schema=FINGERPRINTS).drop("sketch")]
    for part in history.fingerprints(store, wanted):
        sketch[np.searchsorted(ids, part["posting_id"].to_numpy())] = sketch_rows(part["sketch"])
        parts.append(part.drop("sketch"))
    return pl.concat(parts).sort("posting_id"), sketch
