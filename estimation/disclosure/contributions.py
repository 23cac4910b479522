"""Which confidential observations are in figures: those taken up into blocks, by this release or by an earlier one.

Blocks stay as they were made (`blocks`), from release to release: the difference between two releases is
then whole blocks too. What follows:

- A row is counted with the pay that it stated when it was taken up; a later correction would show by itself.
- A block that loses a row (withdrawn, expired) leaves with all its rows and does not come back; the pay of rows that
  are gone is forgotten at once.
- New rows wait until they are a tenth of what is in, or a quarter of a year has passed: taken up a few at a time, they
  would make blocks that only the widest cells can hold.
- The rows of a block say only what all of them say: in a cell of a city is only a block all of whose rows are there.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from estimation.disclosure.blocks import AXES, divide
from estimation.pay.encoding import cell_columns, code
from estimation.schema import TAKEN_UP
from estimation.windows import trailing_from

WAITS = timedelta(days=91)
ENOUGH = 10  # new rows wait no longer when there is one for so many that are in
ROW = ["source", "observation_id"]
PAY = ["pay_annual", "pay_annual_min", "pay_annual_max", "pay_annual_usd"]
MARKET = ["basis", "country"]


def take_up(confidential: pl.DataFrame, countries: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """What is in figures from this release on, as `estimation.schema.TAKEN_UP`, in order of its keys.

    `confidential` has the columns of PAY_OBSERVATIONS, `countries` those of COUNTRIES, `earlier` is what this function
    gave for the last release (empty: there was none). Rows without usable pay, or dated after their country's last
    capture, wait. The result does not depend on the order of the rows.
    """
    usable = _usable(confidential, countries)
    standing = earlier.join(usable.select(ROW), on=ROW, how="semi")
    gone = earlier.join(usable.select(ROW), on=ROW, how="anti").with_columns(pl.lit(None).alias(name) for name in PAY)
    new = _due(usable, standing).sort(ROW)
    taken = new.with_columns(block=pl.Series(_blocks(new), dtype=pl.Int64)).filter(pl.col("block") >= 0)
    first = int(earlier["block"].max() or -1) + 1 if earlier.height else 0  # type: ignore[arg-type]
    added = taken.with_columns(pl.col("block") + first, taken_up_on="last_captured_on")
    parts = [frame.select(TAKEN_UP.keys()).cast(dict(TAKEN_UP)) for frame in (standing, gone, added)]  # type: ignore[arg-type]
    return pl.concat(parts).sort(ROW)


def counted(confidential: pl.DataFrame, taken_up: pl.DataFrame) -> pl.DataFrame:
    """The rows of whole blocks, with the pay that they were taken up with and `block`; all dated as the oldest of them.

    The date keeps a block together where the trailing window ends.
    """
    whole = taken_up.filter((pl.col("pay_annual").is_not_null()).all().over("block"))
    frozen = whole.select("observation_id", "block", *PAY, sources="source")
    rows = confidential.drop(PAY).join(frozen, on=["sources", "observation_id"], how="inner")
    return rows.with_columns(observed_on=pl.col("observed_on").min().over("block"))


def _usable(confidential: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    placed = confidential.join(countries.filter(pl.col("currency").is_not_null()), on="country", how="inner")
    kept = placed.filter(pl.col("pay_annual").is_not_null(), pl.col("observed_on") <= pl.col("last_captured_on"))
    return kept.with_columns(source="sources")


def _due(usable: pl.DataFrame, standing: pl.DataFrame) -> pl.DataFrame:
    """The rows that are not in yet and need not wait, market by market."""
    new = usable.join(standing, on=ROW, how="anti")
    inside = usable.select(*ROW, *MARKET).join(standing.select(*ROW, "taken_up_on"), on=ROW, how="inner")
    there = inside.group_by(MARKET).agg(n_inside=pl.len(), taken_up_on=pl.col("taken_up_on").max())
    markets = new.group_by(MARKET).agg(n_new=pl.len()).join(there, on=MARKET, how="left")
    due = new.join(markets, on=MARKET, how="left").filter(
        (pl.col("n_new") * ENOUGH >= pl.col("n_inside").fill_null(0))
        | (pl.col("last_captured_on") >= pl.col("taken_up_on") + WAITS)
    )
    return due.select(usable.columns)


def _blocks(rows: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The block of each row; those of the trailing window are apart from older ones, and these by calendar years."""
    inside = pl.col("observed_on") >= trailing_from()
    year = pl.col("observed_on").dt.year().cast(pl.String)
    apart = rows.select("basis", "country", pl.when(inside).then(pl.lit("inside")).otherwise(year).alias("years"))
    groups = apart.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64)
    quarter = pl.format("{}-{}", year, pl.col("observed_on").dt.quarter())
    columns = rows.select(*cell_columns(), year=year, quarter=quarter)
    axes = [code(columns[name])[0].astype(np.int64) for name in AXES]
    whose = pl.format("{}/{}", "source", "contributor_id")
    who = rows.select(who=pl.coalesce(whose, "employer_key", pl.format("?{}", "source")))["who"]
    return divide(groups, axes, code(who)[0].astype(np.int64), rows["pay_annual"].to_numpy())
