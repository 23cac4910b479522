"""What clustering keeps in a folder from run to run: the postings as last clustered, their blocks, and the edges.

A posting stands in ten blocks and most never change, so blocks.parquet is written again only when a tenth of it is out
of date. Until then recent.parquet has the blocks of the postings that came since, and gone.parquet the postings whose
rows in blocks.parquet count no longer. Every file but blocks.parquet names the run that wrote it and the blocks that it
goes with; where they disagree (the process was killed between two of them) or other rules wrote them there is no state.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ingestion.openings.blocks import BLOCKS
from ingestion.openings.numbers import NUMBERS
from ingestion.openings.scoring import EDGES
from kit.frames import Schema, made_from, write_frame

# One row per posting as last clustered.
KNOWN: Schema = {
    "posting_id": pl.Int64,
    "content": pl.UInt64,
    "fineness": pl.UInt8,
    "named": pl.Boolean,
    "rank": pl.UInt64,
    **NUMBERS,
}
BASE = "blocks"
FILES: dict[str, Schema] = {"known": KNOWN, "edges": EDGES, "recent": BLOCKS, "gone": {"posting_id": pl.Int64}}
OUT_OF_DATE = 0.1


@dataclass(frozen=True)
class State:
    """Frames of KNOWN, EDGES and BLOCKS: `blocks` as last written whole, `recent` and `gone` what changed since.

    `written` is what blocks.parquet says that it was made from; empty where it does not hold `blocks`.
    """

    known: pl.DataFrame
    edges: pl.DataFrame
    blocks: pl.DataFrame
    recent: pl.DataFrame
    gone: pl.DataFrame
    written: str = ""

    @classmethod
    def empty(cls) -> "State":
        known, edges, recent, gone = (pl.DataFrame(schema=schema) for schema in FILES.values())
        return cls(known, edges, recent.clear(), recent, gone)

    def standing(self) -> pl.DataFrame:
        """BLOCKS of every known posting."""
        return pl.concat([without(self.blocks, self.gone), self.recent])

    def after(self, removed: pl.DataFrame, known: pl.DataFrame, blocks: pl.DataFrame) -> "State":
        """The state when the `removed` postings went and those of `known` came with their `blocks`; edges stay."""
        return replace(
            self,
            known=pl.concat([without(self.known, removed), known]),
            recent=pl.concat([without(self.recent, removed), blocks]),
            gone=pl.concat([self.gone, removed.select("posting_id")]).unique(),
        )


def without(rows: pl.DataFrame, postings: pl.DataFrame) -> pl.DataFrame:
    """The rows of other postings than these. Twice as fast as an anti-join, and free where there are none."""
    return rows.filter(~pl.col("posting_id").is_in(postings["posting_id"].implode())) if len(postings) else rows


def load(folder: Path, version: str) -> State | None:
    """The state as last written; None where there is none, it is torn, or other rules than `version` wrote it."""
    marks = {made_from(_file(folder, name)) for name in FILES}
    base = made_from(_file(folder, BASE))
    if not base or len(marks) != 1 or not (mark := marks.pop()) or not mark.startswith(f"{version} "):
        return None
    if not mark.endswith(_over(base)):
        return None
    known, edges, recent, gone = (pl.read_parquet(_file(folder, name)) for name in FILES)
    return State(known, edges, pl.read_parquet(_file(folder, BASE)), recent, gone, base)


def save(state: State, folder: Path, version: str, run: str) -> None:
    """Write the state of a run, which `run` tells from others."""
    of_gone = len(state.gone) * len(state.blocks) // max(1, len(state.known))
    if not state.written or len(state.recent) + of_gone > OUT_OF_DATE * len(state.blocks):
        written = f"{version} {run}"
        state = State(state.known, state.edges, state.standing(), state.recent.clear(), state.gone.clear(), written)
        write_frame(state.blocks, _file(folder, BASE), written)
    for name in FILES:
        write_frame(getattr(state, name), _file(folder, name), f"{version} {run}{_over(state.written)}")


def _over(base: str) -> str:
    return f" over {base}"


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"
