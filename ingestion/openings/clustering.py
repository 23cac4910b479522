"""Clusters the postings of a store, looking only at the blocks that new or changed fingerprints touch.

Where there is no state (openings.state), or other rules wrote it, everything is clustered again.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ingestion.openings import history
from ingestion.openings.blocks import BLOCKS, blocks_of, fineness, rank
from ingestion.openings.comparing import Touched, compared
from ingestion.openings.components import openings
from ingestion.openings.numbers import numbers
from ingestion.openings.state import KNOWN, State, load, save, without
from kit.frames import Schema, made_from, write_frame
from kit.identifiers import content_hash, hash_of_files
from kit.store import Store

# The state is of these rules alone, and of this polars: keys are hashes that another may compute otherwise.
VERSION = f"openings {hash_of_files(Path(__file__).parent, '*.py')[:16]} polars {pl.__version__}"
MEMBERS: Schema = {"posting_id": pl.Int64, "opening_id": pl.Int64}
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
    old = load(folder, VERSION)
    if made_from(members) == wanted and old is not None:
        done = pl.scan_parquet(members).select(pl.len(), pl.col("opening_id").n_unique()).collect().row(0)
        return OpeningsReport(done[0], done[1], 0, 0, 0, len(old.edges))
    old = old or State.empty()
    postings = history.postings(store, folder, VERSION, sources)
    changed = postings.join(old.known, on=["posting_id", "content"], how="anti")
    removed = old.known.join(postings, on=["posting_id", "content"], how="anti")
    state, rescored = _updated(store, old, postings, changed, removed)
    result = openings(postings.join(state.known, on="posting_id", maintain_order="left"), state.edges)
    save(state, folder, VERSION, wanted)
    write_frame(result.cast(MEMBERS), members, wanted)  # type: ignore[arg-type]
    n_openings = result["opening_id"].n_unique()
    return OpeningsReport(len(result), n_openings, len(changed), len(removed), rescored, len(state.edges))


def _updated(
    store: Store, old: State, postings: pl.DataFrame, changed: pl.DataFrame, removed: pl.DataFrame
) -> tuple[State, int]:
    """The state after postings changed or went; and how many postings were compared."""
    known, blocks = _described(store, changed)
    standing = old.standing()
    lost = standing.filter(pl.col("posting_id").is_in(removed["posting_id"].implode()))["key"].unique()
    rows = pl.concat([without(standing, removed), blocks])
    before = untouched = old.edges.clear()
    if len(old.known) > len(removed):  # else every block is touched: looking them up would cost more than all the rest
        keys = pl.concat([lost, blocks["key"]]).unique().to_frame()
        rows = rows.join(keys, on="key", how="semi")
        before, untouched = old.edges.join(keys, on="key", how="semi"), old.edges.join(keys, on="key", how="anti")
    state, touched = old.after(removed, known, blocks), Touched(rows, before, lost, known["posting_id"])
    ranked = postings.join(state.known.select("posting_id", "rank"), on="posting_id", maintain_order="left")
    found, rescored = compared(store, ranked, touched)
    return replace(state, edges=pl.concat([untouched, found])), rescored


def _described(store: Store, changed: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """KNOWN and BLOCKS of postings, a slice at a time so that their texts' sketches are never all in memory."""
    blocks, known = [pl.DataFrame(schema=BLOCKS)], [pl.DataFrame(schema=KNOWN)]
    for part in changed.sort("source", "captured_on", "posting_id").iter_slices(SLICE):
        fingerprints = pl.concat(history.fingerprints(store, part))
        blocks.append(blocks_of(fingerprints))
        described = fingerprints.select(
            "posting_id", fineness=fineness(), named=pl.col("employer_key").is_not_null(), rank=rank(), **numbers()
        )
        known.append(described.join(part, on="posting_id").select(list(KNOWN)))
    return pl.concat(known), pl.concat(blocks)


__all__ = ["MEMBERS", "OpeningsReport", "cluster"]
