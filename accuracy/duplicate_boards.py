"""Postings that two sources share by their id in the employer's system: free positives."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from accuracy.scores import Goal, Score, at_least, not_scored, share
from accuracy.sets import Sets
from accuracy.streams import clustered, ingest, without_ids, write_rows
from ingestion.sources import Rights, SourceSpec
from kit.store import Store

BOARDS = ("ats_tech_jobs_2026", "tech_companies_boards_2026_02")
LISTED = "eval/cross_source_same_posting_by_ats_id.parquet"
PRECISION, RECALL = at_least(0.98), at_least(0.95)
Stores = Callable[[], Store]


def shared_boards(sets: Sets, new_store: Stores) -> list[Score]:
    """Postings of two real sources that share their id in the employer's system; then the same with the ids withheld.

    Without ids only title, employer, place and dates are left of them: there the share of pairs joined that are one
    posting says what such joins are worth, and recall how many are found.
    """
    names = ("ids_recall", "ids_withheld_precision")
    paths = [sets.find(f"postings/{name}.parquet") for name in BOARDS]
    if sets.data is None or None in paths:
        reason = sets.missing(f"postings/{BOARDS[paths.index(None)]}.parquet")
        return [not_scored(name, goal, reason) for name, goal in zip(names, (RECALL, PRECISION), strict=True)]
    store = new_store()
    ingest(store, [_file_source(name) for name in BOARDS], sets.data)
    known = pl.concat(pl.read_parquet(path) for _, _, path in store.partitions("canonical", "postings"))
    ids = known.select("posting_id", "ats_id").unique("posting_id")
    with_ids = _cross_pairs(clustered(store), ids)
    without_ids(store)
    withheld = _cross_pairs(clustered(store), ids)
    judged = withheld.filter(pl.col("joined") & pl.col("comparable"))
    right, true = judged.filter("same").height, withheld.filter("same")
    note = f"and {right} of {true.height} pairs are found"
    return [
        _told(names[0], with_ids.filter("same"), pl.col("joined"), RECALL),
        share(names[1], right, judged.height, PRECISION, note=note),
    ]


def _told(measure: str, rows: pl.DataFrame, right: pl.Expr, goal: Goal) -> Score:
    return share(measure, rows.filter(right).height, rows.height, goal)


def _cross_pairs(members: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Pairs across the sources that share an opening or an id: joined, same (id), comparable (ids of one system)."""
    rows = members.join(ids, on="posting_id").select("source", "posting_id", "opening_id", "ats_id")
    one, other = (rows.filter(source=name) for name in BOARDS)
    shared = (one.join(other, on=key, suffix="_b", coalesce=False) for key in ("opening_id", "ats_id"))
    pairs = pl.concat(each.select("posting_id", "posting_id_b") for each in shared).unique()
    pairs = pairs.join(one, on="posting_id").join(other.select(pl.all().name.suffix("_b")), on="posting_id_b")
    system = pl.col("ats_id").str.split(":").list.first() == pl.col("ats_id_b").str.split(":").list.first()
    return pairs.select(
        joined=pl.col("opening_id") == pl.col("opening_id_b"),
        same=(pl.col("ats_id") == pl.col("ats_id_b")).fill_null(False),
        comparable=system.fill_null(False),
    )


def _file_source(name: str) -> SourceSpec:
    rights = Rights(aggregates=True, display=False, export=False, attribution="scored, not published")
    options = {"path": f"postings/{name}.parquet", "mapping": name}
    return SourceSpec(name=name, connector="files", rights=rights, options=options)


def listed_pairs(sets: Sets, new_store: Stores) -> list[Score]:
    """Pairs of postings of two sources that are one by their id: joined with the id, and as far as possible without."""
    path = sets.find(LISTED)
    if path is None:
        return [not_scored("listed_recall", RECALL, sets.missing(LISTED))]
    pairs = listed(path)
    if pairs is None:
        return [not_scored("listed_recall", RECALL, f"{LISTED} has not the columns that its description names")]
    store = new_store()
    for end in ("a", "b"):
        rows = pairs.filter(pl.col(f"title_{end}").is_not_null()).select(
            source_posting_id=pl.col("row"),
            ats_id="ats_id",
            title=f"title_{end}",
            employer=f"company_{end}",
            places=pl.concat_list(pl.col(f"location_{end}")),
        )
        write_rows(store, f"side_{end}", date(2026, 1, 1), rows)
    found = [_joined_rows(clustered(store))]
    without_ids(store)
    found.append(_joined_rows(clustered(store)))
    note = f"{found[1]} of them are found without the id, by title, employer and place alone"
    return [share("listed_recall", found[0], pairs.height, RECALL, note=note)]


def _joined_rows(members: pl.DataFrame) -> int:
    """Pairs (equal source_posting_id) whose two sides are one opening."""
    sides = members.group_by("source_posting_id").agg(pl.col("opening_id").n_unique(), pl.len())
    return sides.filter((pl.col("opening_id") == 1) & (pl.col("len") == 2)).height


def listed(path: Path) -> pl.DataFrame | None:
    """row, ats_id and title, company, location of a and of b; None where a column is missing."""
    rows = pl.read_parquet(path)
    names = {name.lower().replace(".", "_"): name for name in rows.columns}
    wanted = {"ats_id": names.get("ats_id") or names.get("ats_id_a")}
    for field in ("title", "company", "location"):
        for end in ("a", "b"):
            wanted[f"{field}_{end}"] = names.get(f"{field}_{end}") or names.get(f"{end}_{field}")
    if None in wanted.values():
        return None
    columns = {ours: pl.col(str(theirs)).cast(pl.String) for ours, theirs in wanted.items()}
    found = rows.select(**columns).with_row_index("row").with_columns(pl.col("row").cast(pl.String))
    system = pl.when(pl.col("ats_id").str.contains(":")).then("ats_id").otherwise("listed:" + pl.col("ats_id"))
    return found.with_columns(ats_id=system)
