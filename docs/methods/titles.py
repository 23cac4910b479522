"""Recompute from a release how finely openings are coded: `python docs/methods/titles.py RELEASE_FOLDER`.

Reads mart_coverage and accuracy.json of a release and nothing else. Prints the share of the largest country's openings
that each level of occupations knows, and holds that no group has fewer openings than its parts. Of the measured titles,
how many of the answered are right follows from what each level answered. Exits with 1 where any differs.
"""

import json
import sys
from itertools import pairwise
from pathlib import Path

import polars as pl

LEVELS = ("detailed", "broad", "minor", "major", "all")  # of occupations, finest first
CELL = ["period", "basis", "place_level", "place_id"]
MINORS = {"15-1": "15-1200", "31-1": "31-1100", "51-5": "51-5100"}  # whose codes do not end in 000
TOLERANCE = 1e-9


def parent(level: str) -> pl.Expr:
    """The code of the group at the next wider level that a code of `level` lies in."""
    code = pl.col("occupation_code")
    if level == "detailed":
        return code.str.head(6) + "0"
    if level == "broad":
        return code.str.head(4).replace_strict(MINORS, default=code.str.head(4) + "000")
    return code.str.head(3) + "0000" if level == "minor" else pl.lit("all")


def overfull(coverage: pl.DataFrame) -> int:
    """How many groups of a place and period have fewer openings than the finer groups within them have together."""
    found = 0
    for level, wider in pairwise(LEVELS):
        parts = coverage.filter(occupation_level=level).group_by(*CELL, occupation_code=parent(level))
        sums = parts.agg(pl.col("n_openings").sum().alias("within"))
        groups = coverage.filter(occupation_level=wider).join(sums, on=[*CELL, "occupation_code"], how="inner")
        found += groups.filter(pl.col("within") > pl.col("n_openings")).height
    return found


def shares(coverage: pl.DataFrame) -> list[tuple[str, float]]:
    """The largest country and period by its openings: at each level the share that some group of it has."""
    whole = coverage.filter(occupation_level="all", place_level="country").sort("n_openings", *CELL).tail(1)
    inside = coverage.join(whole.select(*CELL, whole="n_openings"), on=CELL, how="inner")
    sums = inside.group_by("occupation_level").agg((pl.col("n_openings") / pl.col("whole")).sum())
    told = dict(sums.iter_rows())
    return [(level, told.get(level, 0.0)) for level in LEVELS[:-1]]


def answered(release: Path) -> tuple[float, float] | None:
    """The published share of answered titles that are right, and the same from its levels; None if not measured."""
    path = release / "accuracy" / "accuracy.json"
    if not path.exists():
        return None
    told = json.loads(path.read_text(encoding="utf-8"))["scores"]
    titles = {score["measure"]: score for score in told if score["step"] == "titles" and score["figure"] is not None}
    levels = [titles[name] for level in LEVELS if (name := f"filed_answered_{level}_right") in titles]
    if "filed_answered_right" not in titles or not levels:
        return None
    hits = sum(score["figure"] * score["cases"] for score in levels)
    return titles["filed_answered_right"]["figure"], hits / sum(score["cases"] for score in levels)


def main() -> int:
    """Compare, print and say how it went."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python docs/methods/titles.py RELEASE_FOLDER\n")
        return 2
    release = Path(sys.argv[1])
    coverage = pl.read_parquet(release / "tables" / "mart_coverage.parquet")
    wrong = overfull(coverage)
    sys.stdout.write(f"{wrong} of {coverage.height} groups have fewer openings than their parts\n")
    for level, share in shares(coverage):
        sys.stdout.write(f"coded at least at the {level} level: {share:.6f}\n")
    measured = answered(release)
    if measured is None:
        sys.stdout.write("the release carries no measured accuracy of titles\n")
        return 1 if wrong else 0
    sys.stdout.write(f"answered titles that are right: published {measured[0]:.6f}, recomputed {measured[1]:.6f}\n")
    return 1 if wrong or abs(measured[0] - measured[1]) > TOLERANCE else 0


if __name__ == "__main__":
    sys.exit(main())
