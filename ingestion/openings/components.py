"""From pairs to openings: connected components, with vague postings attached where only one cluster will have them."""

import numpy as np
import polars as pl

from ingestion.openings.numbers import kept_apart

REPOST_DAYS = 60  # a gap longer than this between two ads makes them two openings


def openings(postings: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """posting_id, opening_id (the smallest posting_id of its cluster), ordered by posting_id.

    `postings` has posting_id, first_day, last_day, fineness (blocks.fineness), named (has an employer) and the columns
    of numbers.NUMBERS, ordered by posting_id; `edges` has scoring.EDGES' columns.
    """
    ids = postings["posting_id"].to_numpy()
    # In any order: neither components nor what is attached to them depend on it.
    pairs = edges.group_by("a", "b").agg(pl.col("sure", "undated").any(), pl.col("rival", "at_once").all())
    a, b = np.searchsorted(ids, pairs["a"].to_numpy()), np.searchsorted(ids, pairs["b"].to_numpy())
    kept = _in_time(postings, a, b, pairs)
    a, b, (sure, forced) = a[kept], b[kept], (pairs[name].to_numpy()[kept] for name in ("sure", "undated"))
    cluster = kept_apart(postings, a[sure], b[sure], forced[sure], ~sure[sure])
    attached = _attached(cluster, postings, a[~sure], b[~sure])
    last = np.repeat([False, True], [sure.sum(), len(attached[0])])
    a, b = np.concatenate([a[sure], attached[0]]), np.concatenate([b[sure], attached[1]])
    opening = kept_apart(postings, a, b, np.concatenate([forced[sure], np.zeros(len(attached[0]), dtype=bool)]), last)
    smallest = np.full(opening.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, opening, ids)
    return pl.DataFrame({"posting_id": ids, "opening_id": smallest[opening]})


def _in_time(postings: pl.DataFrame, a: np.ndarray, b: np.ndarray, pairs: pl.DataFrame) -> np.ndarray:
    """Which pairs can be one opening by their dates: reposts within REPOST_DAYS, rivals only one after the other.

    Where only a title speaks for it (`at_once`), both must have been open on some day.
    """
    first = postings["first_day"].to_physical().to_numpy()
    last = postings["last_day"].to_physical().to_numpy()
    gap = np.maximum(first[a], first[b]) - np.minimum(last[a], last[b])
    longest = np.where(pairs["at_once"].to_numpy(), 0, REPOST_DAYS)
    allowed = (gap <= longest) & ~(pairs["rival"].to_numpy() & (gap <= 0))
    return allowed | pairs["undated"].to_numpy()


def _attached(
    cluster: np.ndarray, postings: pl.DataFrame, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The edges by which a cluster that says less joins the one other cluster that it can belong to.

    It says less when its places are coarser or its employer is not named, and nothing of it is finer. Where there are
    several to join, nothing says which; joining would merge openings in different places through it.
    """
    size = cluster.max(initial=-1) + 1
    fine, named = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=bool)
    np.maximum.at(fine, cluster, postings["fineness"].to_numpy())
    np.logical_or.at(named, cluster, postings["named"].to_numpy())
    of, to = np.concatenate([a, b]), np.concatenate([b, a])
    less, more = cluster[of], cluster[to]
    coarser, unnamed = fine[less] < fine[more], ~named[less] & named[more]
    says_less = (fine[less] <= fine[more]) & (named[less] <= named[more]) & (coarser | unnamed)
    links = pl.DataFrame({"of": less, "to": more, "a": of, "b": to}).filter(says_less)
    links = links.sort("of", "a", "b").group_by("of").agg(pl.col("to").n_unique(), pl.col("a", "b").first())
    links = links.filter(pl.col("to") == 1)
    return links["a"].to_numpy(), links["b"].to_numpy()
