"""What numbers say against two postings being one opening, and how clusters are kept from joining in spite of them.

A posting has up to two numbers, each of a numbering: the id of its applicant system, and its employer's requisition.
Two requisitions of one numbering are two vacancies, whenever they were open. Two ids of a system, or two plain numbers
of one list, are so only while both are open: an ad that is taken down and put up again gets a new one.

That two postings differ says nothing of a third without a number, which may be like both. So where a cluster would hold
two rival numbers it is built again from its strongest edge on, and no edge that would bring rivals together is used.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from kit.frames import Schema

# Of each posting; null where it has no such number. `timeless`: the requisition is one whenever it was open.
NUMBERS: Schema = {
    "ats_system": pl.UInt64,
    "ats_number": pl.UInt64,
    "numbering": pl.UInt64,
    "requisition": pl.UInt64,
    "timeless": pl.Boolean,
}
# "R0012345", "JR104512": a prefix tells an employer's own numbering, on whatever board. Bare digits may be the board's.
OWN = r"^([A-Z]+)\d{4,}[A-Z0-9]*$"
EVER = 1 << 30  # days: before and after any date


def numbers() -> dict[str, pl.Expr]:
    """The columns of NUMBERS, of rows of normalisation.schema.FINGERPRINTS."""
    ats, number, employer = pl.col("ats_id"), pl.col("requisition_id"), pl.col("employer_key")
    own = number.str.contains(OWN) & employer.is_not_null()
    numbering = pl.struct(
        employer,
        prefix=pl.when(own).then(number.str.extract(OWN)),
        source=pl.when(own.not_()).then("source"),
    )
    return {
        "ats_system": _hash(ats, ats.str.split(":").list.first()),
        "ats_number": _hash(ats, ats),
        "numbering": _hash(number, numbering),
        "requisition": _hash(number, number),
        "timeless": own.fill_null(False),
    }


def _hash(known: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(known.is_not_null()).then(value.hash())


def components(size: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The component of each of `size` nodes, given edges by their ends."""
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def kept_apart(
    postings: pl.DataFrame, a: np.ndarray, b: np.ndarray, forced: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """The component of each posting over edges a-b (rows of `postings`), none of which holds two rival numbers.

    `postings` has first_day, last_day and the columns of NUMBERS. `forced` edges (the same ad by its id) join rivals
    too; edges that come `last` are used after all others. The result does not depend on the order of the edges.
    """
    label = components(len(postings), a, b)
    held = _held(postings)
    torn = np.unique(_torn(held, label))
    if not len(torn):
        return label
    again = np.flatnonzero(np.isin(label[a], torn))
    a, b, forced, last = a[again], b[again], forced[again], last[again]
    first = postings["first_day"].to_physical().to_numpy()
    requisition = postings["requisition"].fill_null(0).to_numpy()
    same = (requisition[a] == requisition[b]) & (requisition[a] > 0)
    strength = np.select([forced, last, same], [0, 3, 1], 2)
    order = np.lexsort((b, a, np.abs(first[a] - first[b]), strength))
    root = _joined(held, a[order].tolist(), b[order].tolist(), forced[order].tolist())
    rebuilt = np.arange(len(postings)) + int(label.max()) + 1
    rebuilt[list(root)] = np.fromiter(root.values(), np.int64, len(root)) + int(label.max()) + 1
    return np.unique(np.where(np.isin(label, torn), rebuilt, label), return_inverse=True)[1]


def _held(postings: pl.DataFrame) -> pl.DataFrame:
    """row, numbering, number, first, last: one row per posting and number, with the days on which it has rivals."""
    rows = postings.with_row_index("row").with_columns(pl.col("first_day", "last_day").to_physical())
    ats = rows.drop_nulls("ats_number").select(
        "row", numbering="ats_system", number="ats_number", first="first_day", last="last_day"
    )
    requisitions = rows.drop_nulls("requisition").select(
        "row",
        "numbering",
        number="requisition",
        first=pl.when("timeless").then(-EVER).otherwise("first_day"),
        last=pl.when("timeless").then(EVER).otherwise("last_day"),
    )
    return pl.concat([each.cast({"first": pl.Int64, "last": pl.Int64}) for each in (ats, requisitions)])


def _torn(held: pl.DataFrame, label: np.ndarray) -> np.ndarray:
    """The components that hold two numbers of one numbering at one time."""
    of = ["component", "numbering"]
    spans = (
        held.with_columns(component=label[held["row"].to_numpy()])
        .group_by(*of, "number")
        .agg(pl.col("first").min(), pl.col("last").max())
        .filter(pl.len().over(of) > 1)
        .sort(*of, "first", "last")
    )
    clash = pl.col("last").cum_max().shift(1).over(of) >= pl.col("first")
    return spans.filter(clash)["component"].to_numpy()


Span = tuple[int, int]


@dataclass
class _Cluster:
    """Its rows, and of each numbering the numbers with their days."""

    rows: list[int]
    spans: dict[int, dict[int, Span]] = field(default_factory=lambda: defaultdict(dict))

    def rivals(self, other: "_Cluster") -> bool:
        return any(
            number != another and first <= its_last and its_first <= last
            for numbering in self.spans.keys() & other.spans.keys()
            for number, (first, last) in self.spans[numbering].items()
            for another, (its_first, its_last) in other.spans[numbering].items()
        )

    def take(self, other: "_Cluster") -> None:
        self.rows += other.rows
        for numbering, spans in other.spans.items():
            for number, (first, last) in spans.items():
                mine = self.spans[numbering].get(number, (first, last))
                self.spans[numbering][number] = min(first, mine[0]), max(last, mine[1])


def _joined(held: pl.DataFrame, a: list[int], b: list[int], forced: list[bool]) -> dict[int, int]:
    """Each row among the edges' ends -> a row that stands for its cluster; edges are used in their order."""
    of = {row: _Cluster([row]) for row in {*a, *b}}
    for row, numbering, number, first, last in held.filter(pl.col("row").is_in(list(of))).iter_rows():
        of[row].spans[numbering][number] = first, last
    for one, other, must in zip(a, b, forced, strict=True):
        larger, smaller = sorted((of[one], of[other]), key=lambda each: -len(each.rows))
        if larger is smaller or (not must and larger.rivals(smaller)):
            continue
        larger.take(smaller)
        for row in smaller.rows:
            of[row] = larger
    return {row: cluster.rows[0] for row, cluster in of.items()}
