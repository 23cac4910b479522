"""Hold a release's vacancy durations against its own curves: `python docs/methods/vacancy_duration.py RELEASE_FOLDER`.

Reads tables/mart_vacancy_duration.parquet and nothing else. Quartiles and shares are readings of one curve: half
have closed by day 90 exactly where no more than half are open after it. Makes that judgement again from the other
reading for each quartile and each share, and the reasons from the counts. Exits with 1 where one differs.
"""

import sys
from pathlib import Path

import polars as pl

QUARTILES = {"days_p25": 0.25, "days_p50": 0.5, "days_p75": 0.75}
SHARES = {"share_open_90": 90, "share_open_180": 180}
LEAST_OPENINGS, LEAST_EMPLOYERS = 30, 3


def reasons() -> pl.Expr:
    """Why a market has no figure, from its counts."""
    few = (pl.col("n_openings") < LEAST_OPENINGS) | (pl.col("n_employers") < LEAST_EMPLOYERS)
    return pl.when(pl.col("n_openings") == 0).then(pl.lit("not_followed")).when(few).then(pl.lit("too_few"))


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/vacancy_duration.py RELEASE_FOLDER\n")
        return 2
    found = pl.read_parquet(Path(sys.argv[1]) / "tables" / "mart_vacancy_duration.parquet")
    wrong = found.filter(~pl.col("reason").eq_missing(reasons())).height
    wrong += found.filter(pl.col("n_openings") + pl.col("n_not_followed") != pl.col("n_all")).height
    sys.stdout.write(f"{found.height} markets; of those with both readings of a curve:\n")
    for quartile, closed in QUARTILES.items():
        for share, day in SHARES.items():
            read = found.drop_nulls([quartile, share])
            by_then = read.select(pl.col(quartile) <= day).to_series()
            again = read.select(pl.col(share) <= 1 - closed + 1e-12).to_series()
            wrong += int((by_then != again).sum())
            sys.stdout.write(
                f"{closed:.0%} closed by day {day} in: published {by_then.sum()}, from the share {again.sum()} "
                f"of {read.height}\n"
            )
    sys.stdout.write(f"{wrong} differ\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
