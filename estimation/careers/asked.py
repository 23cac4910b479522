"""Who asks for which skill, as sparse arrays: openings in the rows, skills in the columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from estimation.quantiles import Floats, Ints
from estimation.windows import TRAILING_DAYS

LEVELS = ("detailed", "major", "all")


@dataclass(frozen=True)
class Asked:
    """Described openings of the trailing window in the order of their ids, and the skills that they name."""

    openings: pl.DataFrame  # DESCRIBED_OPENINGS with window_from and window_to
    skills: pl.Series  # sorted ids
    names: Any  # csr matrix, openings x skills, of ones

    def take(self, rows: Ints) -> "Asked":
        """Some openings alone."""
        return Asked(self.openings[rows], self.skills, self.names[rows])


def asked(openings: pl.DataFrame, skills: pl.DataFrame, countries: pl.DataFrame) -> Asked:
    """Code the openings of DESCRIBED_OPENINGS and the skills of OPENING_SKILLS; whatever their order, the same."""
    from scipy.sparse import csr_matrix

    last = pl.col("last_captured_on")
    windows = countries.select("country", window_from=last.dt.offset_by(f"-{TRAILING_DAYS - 1}d"), window_to=last)
    known = openings.join(windows, on="country", how="inner")
    known = known.filter(pl.col("opened_on").is_between("window_from", "window_to")).sort("opening_id")
    rows = known.select(posting_id="representative_posting_id").with_row_index("row")
    pairs = skills.select("posting_id", "skill_id").unique().join(rows, on="posting_id", how="inner")
    ids = pairs["skill_id"].unique().sort()
    columns = pairs["skill_id"].cast(pl.Enum(ids)).to_physical().cast(pl.Int64).to_numpy()
    ones = np.ones(pairs.height)
    matrix = csr_matrix((ones, (pairs["row"].to_numpy().astype(np.int64), columns)), shape=(known.height, len(ids)))
    matrix.sort_indices()
    return Asked(known, ids, matrix)


def cell_codes(openings: pl.DataFrame, level: str) -> pl.Series:
    """The occupation of each opening at a level; null where it is not known so finely."""
    if level == "all":
        return pl.Series("code", ["all"], dtype=pl.String).new_from_index(0, openings.height)
    return openings[f"occupation_{level}"].alias("code")


def coded(columns: list[pl.Series]) -> tuple[Ints, pl.DataFrame]:
    """The number of each row's combination of values, in their sorted order (-1 for nulls), and the combinations."""
    frame = pl.DataFrame({f"key{at}": column for at, column in enumerate(columns)})
    found = frame.drop_nulls().unique().sort(frame.columns).with_row_index("code")
    codes = frame.join(found, on=frame.columns, how="left", maintain_order="left")["code"]
    return codes.cast(pl.Int64).fill_null(-1).to_numpy(), found.drop("code")


def indicator(codes: Ints, count: int) -> Any:
    """count x rows: which rows have each code; rows coded -1 have none."""
    from scipy.sparse import csr_matrix

    rows = np.flatnonzero(codes >= 0)
    return csr_matrix((np.ones(len(rows)), (codes[rows], rows)), shape=(count, len(codes)))


def entries(matrix: Any, rows: Ints, columns: Ints) -> Floats:
    """The matrix's values at those places."""
    return np.asarray(matrix.tocsr()[rows, columns], dtype=float).ravel() if len(rows) else np.zeros(0)
