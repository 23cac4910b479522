"""Labelled pairs of real ads: edited copies, and pairs labelled by rule (docs/methods/duplicates.md: how well)."""

from collections.abc import Callable
from datetime import date

import polars as pl

from accuracy.pairs import share_of
from accuracy.scores import Score, at_least, not_scored, share
from accuracy.sets import Sets
from accuracy.streams import clustered, write_rows
from kit.store import Store

ADZUNA = "postings/adzuna_uk_2013_excerpt.parquet"
COPIES = "eval/dedup_synthetic.parquet"
SILVER = "eval/dedup_adzuna_pairs_silver.parquet"
PRECISION, RECALL = at_least(0.98), at_least(0.95)
DAY = date(2013, 6, 30)
Stores = Callable[[], Store]


def edited_copies(sets: Sets, new_store: Stores) -> list[Score]:
    """Ads and edited copies of them on another board: the share of copies that join theirs, and of right joins.

    A copy joined rightly is in its original's opening. Ads that are one opening without any copy stay one: their copies
    are right in each other's. Two that only a copy brings together count against precision.
    """
    names, path, ads = ("copies_precision", "copies_recall"), sets.find(COPIES), sets.find(ADZUNA)
    if path is None or ads is None:
        missing = sets.missing(COPIES if path is None else ADZUNA)
        return [not_scored(name, goal, missing) for name, goal in zip(names, (PRECISION, RECALL), strict=True)]
    copies = pl.read_parquet(path).with_row_index("row")
    before, after = new_store(), new_store()
    for store in (before, after):
        write_rows(store, "adzuna", DAY, _adzuna(pl.read_parquet(ads)))
    write_rows(after, "copies", DAY, _copied(copies))
    alone = clustered(before).select(original="source_posting_id", true="opening_id")
    together = clustered(after)
    originals = (
        together.filter(source="adzuna")
        .select(original="source_posting_id", found="opening_id")
        .join(alone, on="original")
    )
    of = copies.select(copy=pl.col("row").cast(pl.String), original=pl.col("dup_of_id").cast(pl.String))
    put = together.filter(source="copies").select(copy="source_posting_id", found="opening_id").join(of, on="copy")
    put = put.join(originals.select("original", "true", own="found"), on="original")
    pairs = put.join(originals.select("found", joined="true").unique(), on="found")
    right = pairs.filter(pl.col("true") == pl.col("joined")).height
    wrong = put.filter(pl.col("own") != pl.col("found"))["copy"].to_list()
    return [
        share_of(names[0], right, pairs.height, put.height, PRECISION),
        share(names[1], put.height - len(wrong), put.height, RECALL, [f"copy {row}" for row in wrong]),
    ]


def _adzuna(ads: pl.DataFrame) -> pl.DataFrame:
    return ads.select(
        source_posting_id=pl.col("Id").cast(pl.String),
        title="Title",
        employer="Company",
        places=pl.concat_list("LocationRaw"),
        description="FullDescription",
        pay_text="SalaryRaw",
        country_hint=pl.lit("GB"),
    )


def _copied(copies: pl.DataFrame) -> pl.DataFrame:
    return copies.select(
        source_posting_id=pl.col("row").cast(pl.String),
        title="Title",
        employer=pl.col("Company").replace("", None),
        places=pl.concat_list("LocationRaw"),
        description="FullDescription",
        country_hint=pl.lit("GB"),
    )


def silver_pairs(sets: Sets, new_store: Stores) -> list[Score]:
    """Pairs of real ads that a rule labelled: near-equal texts in two places are two openings, in one place one.

    Overruled: "dup" where both state pay and the ranges do not touch. Not scored: "nondup_title?", of which a third was
    one opening under two titles when read by a person, and pairs without a label.
    """
    path, ads = sets.find(SILVER), sets.find(ADZUNA)
    names = (("silver_places_apart", PRECISION), ("silver_joined", RECALL))
    if path is None or ads is None:
        return [not_scored(name, goal, sets.missing(SILVER if path is None else ADZUNA)) for name, goal in names]
    store = new_store()
    write_rows(store, "adzuna", DAY, _adzuna(pl.read_parquet(ads)))
    found = clustered(store).select("posting_id", id=pl.col("source_posting_id").cast(pl.Int64), opening="opening_id")
    pay = pl.concat(pl.read_parquet(path) for _, _, path in store.partitions("normalised", "postings"))
    found = found.join(pay.select("posting_id", low="pay_annual_min", high="pay_annual_max"), on="posting_id")
    pairs = pl.read_parquet(path).select("id_a", "id_b", "silver", "same_title")
    for end in ("a", "b"):
        pairs = pairs.join(found.select(pl.all().name.suffix(f"_{end}")), on=f"id_{end}")
    same = pl.col("opening_a") == pl.col("opening_b")
    touching = (pl.col("low_a") <= pl.col("high_b")) & (pl.col("low_b") <= pl.col("high_a"))
    apart = pairs.filter(silver="nondup_location")
    joined = pairs.filter(pl.col("silver") == "dup")
    sane = joined.filter(touching.fill_null(True))
    note = f"{joined.height - sane.height} pairs whose pay ranges do not touch are left out"
    wrong = {
        name: [f"{a} {b}" for a, b in rows.select("id_a", "id_b").iter_rows()]
        for name, rows in ((names[0][0], apart.filter(same)), (names[1][0], sane.filter(~same)))
    }
    return [
        share(name, rows.height - len(wrong[name]), rows.height, goal, wrong[name], said)
        for (name, goal), rows, said in zip(names, (apart, sane), ("", note), strict=True)
    ]
