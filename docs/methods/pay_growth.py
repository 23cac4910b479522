"""Judge the growth of pay in a release again: `python docs/methods/pay_growth.py RELEASE_FOLDER`.

Reads tables/mart_pay_growth.parquet and nothing else: from the counts which markets have a growth and why the others
have none, from the intervals which of them rise, fall or stay. The cells themselves are no part of a release: most are
too thin to be published. Exits with 1 where a reason or a direction differs.
"""

import sys
from pathlib import Path

import polars as pl

LEAST_CELLS, LEAST_EMPLOYERS, FLAT = 8, 3, 0.01


def recomputed(growth: pl.DataFrame) -> pl.DataFrame:
    """The rows with reason and direction made again."""
    low, high = pl.col("growth_low"), pl.col("growth_high")
    thin = (pl.col("n_cells") < LEAST_CELLS) | (pl.col("n_employers") < LEAST_EMPLOYERS)
    nothing_before = pl.col("raw_growth").is_null()  # the plain medians of both windows, whatever is matched
    reason = pl.when(nothing_before).then(pl.lit("short_window")).when(thin).then(pl.lit("too_few"))
    direction = (
        pl.when(pl.col("reason_again").is_not_null())
        .then(pl.lit("unknown"))
        .when(low > 0)
        .then(pl.lit("rising"))
        .when(high < 0)
        .then(pl.lit("falling"))
        .when((low >= -FLAT) & (high <= FLAT))
        .then(pl.lit("flat"))
        .otherwise(pl.lit("unknown"))
    )
    return growth.with_columns(reason.alias("reason_again")).with_columns(direction.alias("direction_again"))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/pay_growth.py RELEASE_FOLDER\n")
        return 2
    found = recomputed(pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_pay_growth.parquet"))
    for name in ("reason", "direction"):
        published, again = (
            ", ".join(f"{value or 'none'} {count}" for value, count in found[column].value_counts().sort(column).rows())
            for column in (name, f"{name}_again")
        )
        sys.stdout.write(f"{name}: published {published}\n{' ' * len(name)}  recomputed {again}\n")
    same = (pl.col(name).eq_missing(pl.col(f"{name}_again")) for name in ("reason", "direction"))
    within = pl.col("growth").is_between("growth_low", "growth_high").fill_null(True)
    wrong = found.filter(~pl.all_horizontal(*same, within)).height
    sys.stdout.write(f"{found.height} markets, {wrong} differ\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
