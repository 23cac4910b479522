"""Emerging roles and skills."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from accuracy.emerging import LAST, _market
from estimation.demand.emerging import LEAST_OPENINGS, benjamini_hochberg, emerging
from estimation.schema_trends import CAPTURES, EMERGING, MARKET

KEYS = [*MARKET, "kind", "item_id"]


def skills(found: pl.DataFrame) -> pl.DataFrame:
    return found.filter(pl.col("kind") == "skill", pl.col("occupation_level") == "all")


def test_planted_skills_emerge_and_figures_add_up() -> None:
    openings, asked, captures = _market(5, 6)
    found = emerging(openings, asked, captures)
    assert found.schema == pl.Schema(EMERGING)
    assert not found.select(KEYS).is_duplicated().any()
    told = skills(found)
    emerged = set(told.filter("is_emerging")["item_id"])
    assert len(emerged) >= 3
    assert emerged <= {f"skill {number}" for number in range(6)}
    one = told.filter(pl.col("item_id") == "skill 0").row(0, named=True)
    before = openings.filter(pl.col("opened_on") <= one["before_to"])["opening_id"]
    with_it = asked.filter(pl.col("skill") == 0)
    assert one["n_openings_with_before"] == with_it.filter(pl.col("posting_id").is_in(before.implode())).height
    assert one["comparison"] == "year"
    assert one["growth_low"] < one["growth"] < one["growth_high"]


def test_one_employer_alone_makes_nothing_emerge() -> None:
    openings, asked, captures = _market(5, 0)
    recent = openings.filter(pl.col("opened_on") > LAST - timedelta(90)).head(200)["opening_id"]
    alone = openings.with_columns(
        pl.when(pl.col("opening_id").is_in(recent.implode()))
        .then(pl.lit("one"))
        .otherwise("employer_or_source")
        .alias("employer_or_source")
    )
    only = pl.DataFrame({"posting_id": recent, "skill": -1, "skill_id": "only theirs"}, schema=asked.schema)
    found = emerging(alone, pl.concat([asked, only]), captures)
    assert "only theirs" not in set(found["item_id"])


def test_short_histories_compare_quarters_and_none_compares_nothing() -> None:
    openings, asked, captures = _market(5, 0)
    shifted = openings.with_columns(
        pl.when(pl.col("opened_on") < LAST - timedelta(200))
        .then(pl.col("opened_on") + timedelta(364 - 91))
        .otherwise("opened_on")
        .alias("opened_on")
    )
    short = captures.filter(pl.col("captured_on") >= LAST - timedelta(190))
    assert set(emerging(shifted, asked, short)["comparison"]) == {"quarter"}
    assert emerging(openings, asked, captures.filter(pl.col("captured_on") > LAST - timedelta(100))).is_empty()
    assert emerging(openings.clear(), asked, captures).is_empty()
    assert emerging(openings, asked, pl.DataFrame(schema=CAPTURES)).is_empty()


def test_order_changes_nothing_and_thin_items_are_not_tested() -> None:
    openings, asked, captures = _market(6, 2)
    found = emerging(openings, asked, captures)
    again = emerging(openings.reverse(), asked.sample(fraction=1.0, shuffle=True, seed=1), captures.reverse())
    assert again.equals(found)
    assert found["n_openings_with"].min() >= LEAST_OPENINGS  # type: ignore[operator]


def test_benjamini_hochberg() -> None:
    found = benjamini_hochberg(np.array([0.01, 0.04, 0.03, 0.5]))
    assert found == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert benjamini_hochberg(np.array([])).size == 0
