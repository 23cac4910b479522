"""Clusters the postings of a store, re-doing only the blocks that new or changed fingerprints touch.

State, in store.openings/state: what each partition held (captures), the postings as last clustered, their blocks, and
the edges found in each block. The last three name the run that wrote them; where they disagree (the process was killed
between two of them) or were written by other rules, everything is clustered again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from ingestion.openings import history
from ingestion.openings.blocks import BANDED, BLOCKS, COMMON, blocks_of, fineness, pairs_of
from ingestion.openings.components import openings
from ingestion.openings.scoring import EDGES, Scorer, sketch_rows
from kit.frames import Schema, made_from, write_frame
from kit.identifiers import content_hash
from kit.store import Store
from normalisation.fingerprints import SKETCH_SIZE

VERSION = f"openings@1 polars {pl.__version__}"  # keys are hashes that another polars may compute otherwise
MEMBERS: Schema = {"posting_id": pl.Int64, "opening_id": pl.Int64}
# One row per posting as last clustered.
KNOWN: Schema = {"posting_id": pl.Int64, "content": pl.UInt64, "fineness": pl.UInt8, "named": pl.Boolean}
RANK_HASHES = 3
GROUPS = 4
SLICE = 100_000  # postings whose fingerprints are held at a time while keys are made


@dataclass(frozen=True)
class OpeningsReport:
    """What one clustering did. `rescored` counts the postings of touched blocks."""

    postings: int
    openings: int
    changed: int
    removed: int
    rescored: int
    edges: int


@dataclass(frozen=True)
class _State:
    """Frames of KNOWN, BLOCKS, EDGES, and where they are kept."""

    known: pl.DataFrame
    blocks: pl.DataFrame
    edges: pl.DataFrame


FILES: dict[str, Schema] = {"known": KNOWN, "blocks": BLOCKS, "edges": EDGES}


def cluster(store: Store, sources: Collection[str] | None = None) -> OpeningsReport:
    """Bring store.openings/members.parquet (MEMBERS, one row per posting) up to date with the fingerprints.

    Only postings of `sources` (of all without them) are clustered: a posting that may move no figure must not join
    two others into one opening either. Does nothing where the fingerprints are those it was made from.
    """
    folder = store.openings / "state"
    wanted = content_hash(
        "\n".join(
            [VERSION, *(f"{source} {day} {made}" for source, day, _, made in history.partitions(store, sources))]
        ).encode()
    )
    members = store.openings / "members.parquet"
    old = _load(folder)
    if made_from(members) == wanted and old is not None:
        done = pl.scan_parquet(members).select(pl.len(), pl.col("opening_id").n_unique()).collect().row(0)
        return OpeningsReport(done[0], done[1], 0, 0, 0, len(old.edges))
    old = old or _State(*(pl.DataFrame(schema=schema) for schema in FILES.values()))
    postings = history.postings(store, folder, VERSION, sources)
    changed = postings.join(old.known, on=["posting_id", "content"], how="anti")
    removed = old.known.join(postings, on=["posting_id", "content"], how="anti")
    state, rescored = _updated(store, old, postings, changed, removed)
    result = openings(postings.join(state.known, on="posting_id", maintain_order="left"), state.edges)
    _save(folder, state, wanted)
    write_frame(result.cast(MEMBERS), members, wanted)  # type: ignore[arg-type]
    n_openings = result["opening_id"].n_unique()
    return OpeningsReport(len(result), n_openings, len(changed), len(removed), rescored, len(state.edges))


def _updated(
    store: Store, old: _State, postings: pl.DataFrame, changed: pl.DataFrame, removed: pl.DataFrame
) -> tuple[_State, int]:
    """The state after postings changed or went; and how many postings were compared again."""
    gone = pl.col("posting_id").is_in(removed["posting_id"].implode())  # twice as fast as a join, free when none went
    fresh_blocks, fresh_known = _described(store, changed)
    stale, kept = old.blocks.filter(gone), old.blocks.filter(~gone)
    blocks = pl.concat([kept, fresh_blocks])
    touched = (
        pl.concat([stale["key"], fresh_blocks["key"]]).unique() if len(old.blocks) else fresh_blocks["key"].head(0)
    )
    edges = old.edges.join(touched.to_frame("key"), on="key", how="anti")
    # From nothing every block is touched: looking them up one by one would cost more memory than all the rest.
    rows = blocks.join(touched.to_frame("key"), on="key", how="semi") if len(kept) else blocks
    found, rescored = _scored(store, postings, _comparable(rows))
    edges = pl.concat([edges, found])
    known = pl.concat([old.known.filter(~gone), fresh_known])
    return _State(known, blocks, edges), rescored


def _described(store: Store, changed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """BLOCKS and KNOWN of postings, a slice at a time so that their texts' sketches are never all in memory."""
    blocks, known = [pl.DataFrame(schema=BLOCKS)], [pl.DataFrame(schema=KNOWN)]
    for part in changed.sort("source", "captured_on", "posting_id").iter_slices(SLICE):
        fingerprints = pl.concat(history.fingerprints(store, part))
        blocks.append(blocks_of(fingerprints))
        named = pl.col("employer_key").is_not_null().alias("named")
        known.append(
            fingerprints.select("posting_id", fineness().alias("fineness"), named)
            .join(part, on="posting_id")
            .select(list(KNOWN))
        )
    return pl.concat(blocks), pl.concat(known)


def _comparable(rows: pl.DataFrame) -> pl.DataFrame:
    """Of these blocks those worth comparing: of two postings or more, one of them vague where it must, and no band that
    half the ads of a large employer share.
    """
    rows = rows.sort("key")
    key = rows["key"].to_numpy()
    if not len(key):
        return rows
    first = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    sizes = np.diff(np.append(first, len(key)))
    common = rows["kind"].is_in(BANDED).to_numpy()[first] & (sizes > COMMON)
    worth = (sizes > 1) & np.logical_or.reduceat(rows["vague"].to_numpy(), first) & ~common
    return rows.filter(np.repeat(worth, sizes))


def _scored(store: Store, postings: pl.DataFrame, blocks: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """EDGES of these blocks; and how many postings stand in them."""
    wanted = postings.join(blocks.select("posting_id").unique(), on="posting_id", how="semi")
    if not len(wanted):
        return pl.DataFrame(schema=EDGES), 0
    fingerprints, sketch = _compared(store, wanted)
    ids, sources = fingerprints["posting_id"].to_numpy(), fingerprints["source"].cast(pl.Categorical)
    rank, scorer = _rank(fingerprints, sketch), Scorer(fingerprints, sketch)
    found = []
    for group in range(GROUPS):  # a pair may come up in several, but only a part of all pairs is ever in memory
        part = blocks.filter(pl.col("key") % GROUPS == group)
        at = pl.Series("at", np.searchsorted(ids, part["posting_id"].to_numpy()))
        pairs = pairs_of(part.select("key", "kind", "vague", at, sources.gather(at)), rank)
        found.append(scorer.edges(pairs).cast(EDGES))  # type: ignore[arg-type]
    return pl.concat(found), len(wanted)


def _compared(store: Store, wanted: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
    """Fingerprints without their sketches, ordered by posting_id, and the sketches as rows of one array."""
    ids = wanted["posting_id"].sort().to_numpy()
    sketch = np.empty((len(ids), SKETCH_SIZE), dtype=np.uint32)
    parts = []
    for part in history.fingerprints(store, wanted):
        sketch[np.searchsorted(ids, part["posting_id"].to_numpy())] = sketch_rows(part["sketch"])
        parts.append(part.drop("sketch"))
    return pl.concat(parts).sort("posting_id"), sketch


def _rank(fingerprints: pl.DataFrame, sketch: np.ndarray) -> np.ndarray:
    """Each posting's place in an order in which likely duplicates are neighbours; by content, so always the same."""
    order = fingerprints.select("title_key", "posting_id").with_columns(
        pl.Series(f"hash_{n}", sketch[:, n]) for n in range(RANK_HASHES)
    )
    at = order.select(pl.arg_sort_by("title_key", *order.columns[2:], "posting_id")).to_series().to_numpy()
    rank = np.empty(len(at), dtype=np.int64)
    rank[at] = np.arange(len(at))
    return rank


def _load(folder: Path) -> _State | None:
    """The state as last written; None where there is none, it is torn, or other rules wrote it."""
    marks = {made_from(folder / f"{name}.parquet") for name in FILES}
    if len(marks) != 1 or not (mark := marks.pop()) or not mark.startswith(VERSION):
        return None
    return _State(*(pl.read_parquet(folder / f"{name}.parquet") for name in FILES))


def _save(folder: Path, state: _State, run: str) -> None:
    for name in FILES:
        write_frame(getattr(state, name), folder / f"{name}.parquet", f"{VERSION} {run}")


__all__ = ["MEMBERS", "OpeningsReport", "cluster"]
