"""Clusters the postings of a store, looking only at the blocks that new or changed fingerprints touch.

State, in store.openings/state: what each partition held (captures), the postings as last clustered, their blocks, and
the edges found in each block. The last three name the run that wrote them; where they disagree (the process was killed
between two of them) or were written by other rules, everything is clustered again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ingestion.openings import history
from ingestion.openings.blocks import BLOCKS, blocks_of, fineness, rank
from ingestion.openings.comparing import Touched, compared
from ingestion.openings.components import openings
from ingestion.openings.scoring import EDGES
from kit.frames import Schema, made_from, write_frame
from kit.identifiers import content_hash
from kit.store import Store

VERSION = f"openings@2 polars {pl.__version__}"  # keys are hashes that another polars may compute otherwise
MEMBERS: Schema = {"posting_id": pl.Int64, "opening_id": pl.Int64}
# One row per posting as last clustered.
KNOWN: Schema = {
    "posting_id": pl.Int64,
    "content": pl.UInt64,
    "fineness": pl.UInt8,
    "named": pl.Boolean,
    "rank": pl.UInt64,
}
SLICE = 100_000  # postings whose fingerprints are held at a time while keys are made


@dataclass(frozen=True)
class OpeningsReport:
    """What one clustering did. `rescored` counts the postings that were compared with another."""

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
    """The state after postings changed or went; and how many postings were compared."""
    gone = pl.col("posting_id").is_in(removed["posting_id"].implode())  # twice as fast as a join, free when none went
    fresh_blocks, fresh_known = _described(store, changed)
    known = pl.concat([old.known.filter(~gone), fresh_known])
    lost, kept = old.blocks.filter(gone)["key"], old.blocks.filter(~gone)
    rows = blocks = pl.concat([kept, fresh_blocks])
    before = untouched = old.edges.clear()
    if len(kept):  # else every block is touched: looking them up one by one would cost more memory than all the rest
        keys = pl.concat([lost, fresh_blocks["key"]]).unique().to_frame()
        rows = blocks.join(keys, on="key", how="semi")
        before, untouched = old.edges.join(keys, on="key", how="semi"), old.edges.join(keys, on="key", how="anti")
    touched = Touched(rows, before, lost.unique(), fresh_known["posting_id"])
    found, rescored = compared(
        store, postings.join(known.select("posting_id", "rank"), on="posting_id", maintain_order="left"), touched
    )
    return _State(known, blocks, pl.concat([untouched, found])), rescored


def _described(store: Store, changed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """BLOCKS and KNOWN of postings, a slice at a time so that their texts' sketches are never all in memory."""
    blocks, known = [pl.DataFrame(schema=BLOCKS)], [pl.DataFrame(schema=KNOWN)]
    for part in changed.sort("source", "captured_on", "posting_id").iter_slices(SLICE):
        fingerprints = pl.concat(history.fingerprints(store, part))
        blocks.append(blocks_of(fingerprints))
        described = fingerprints.select(
            "posting_id", fineness=fineness(), named=pl.col("employer_key").is_not_null(), rank=rank()
        )
        known.append(described.join(part, on="posting_id").select(list(KNOWN)))
    return pl.concat(blocks), pl.concat(known)


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
