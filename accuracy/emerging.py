"""False discoveries among skills of which none grows, and discoveries where some were planted."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from accuracy.scores import Scored, at_least, at_most, share
from accuracy.sets import Sets
from estimation.demand.emerging import WINDOW_DAYS, emerging
from estimation.schema_trends import CAPTURES, DESCRIBED

LAST = date(2026, 6, 28)
MOST_MARKETS = 300
SKILLS, PLANTED = 60, 6
EMPLOYERS, OPENINGS = 80, 1500  # of a market, openings in either window
TIMES = 2.5  # what a planted skill's share grows by


def score(sets: Sets) -> Scored:
    """Markets with any discovery under the null; false and true discoveries where a tenth of skills grow."""
    markets = min(MOST_MARKETS, sets.markets)
    none = [_found(seed, 0) for seed in range(markets)]
    some = [_found(seed, PLANTED) for seed in range(markets, markets + markets // 2)]
    wrong, right = sum(false for false, _ in some), sum(true for _, true in some)
    note = f"{SKILLS} skills that {EMPLOYERS} employers ask for each in their own measure"
    planted = f"{PLANTED} of {SKILLS} skills grow to {TIMES} times their share"
    return Scored(
        [
            share("any_under_null", sum(false > 0 for false, _ in none), markets, at_most(0.05), note=note),
            share("false_among_found", wrong, wrong + right, at_most(0.05), note=planted),
            share("planted_found", right, PLANTED * len(some), at_least(0.5), note=planted),
        ]
    )


def _found(seed: int, planted: int) -> tuple[int, int]:
    """Emerging skills of one market that were not planted, and that were."""
    found = emerging(*_market(seed, planted)).filter("is_emerging", pl.col("kind") == "skill")
    found = found.filter(pl.col("occupation_level") == "all")
    numbers = found["item_id"].str.strip_prefix("skill ").cast(pl.Int64)
    return int((numbers >= planted).sum()), int((numbers < planted).sum())


def _market(seed: int, planted: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Openings, skills and captures of two windows a year apart.

    An employer asks for a skill with a chance of its own around the skill's (a beta distribution), the same in both
    windows, and posts more in one window than in the other as it likes.
    """
    rng = np.random.default_rng([seed, planted, 97])
    usual = rng.uniform(0.03, 0.25, SKILLS)
    own = rng.beta(usual * 4, (1 - usual) * 4, (EMPLOYERS, SKILLS))
    size = rng.gamma(0.7, 1.0, EMPLOYERS) + 0.02
    days, employers, asked = [], [], []
    for recent in (False, True):
        burst = size * rng.gamma(3.0, 1 / 3.0, EMPLOYERS)
        employer = rng.choice(EMPLOYERS, OPENINGS, p=burst / burst.sum())
        chance = own[employer].copy()
        chance[:, :planted] = np.minimum(0.95, chance[:, :planted] * (TIMES if recent else 1.0))
        asked.append(rng.random((OPENINGS, SKILLS)) < chance)
        employers.append(employer)
        days.append(rng.integers(0, WINDOW_DAYS, OPENINGS) + (0 if recent else 364))
    return _frames(np.concatenate(days), np.concatenate(employers), np.concatenate(asked))


def _frames(
    days: np.ndarray[tuple[int], np.dtype[np.int64]],
    employers: np.ndarray[tuple[int], np.dtype[np.int64]],
    asked: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    openings = pl.DataFrame({"day": days, "employer": employers}).select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("opening_id"),
        pl.int_range(pl.len(), dtype=pl.Int64).alias("representative_posting_id"),
        pl.lit("board").alias("representative_source"),
        (pl.lit(LAST) - pl.duration(days=pl.col("day"))).alias("opened_on"),
        pl.lit("US").alias("country"),
        pl.lit(None).alias("region_id"),
        pl.lit(None).alias("occupation_major"),
        pl.lit(None).alias("occupation_detailed"),
        pl.format("firm {}", "employer").alias("employer_or_source"),
    )
    opening, skill = np.nonzero(asked)
    skills = pl.DataFrame({"posting_id": opening, "skill": skill}).with_columns(
        pl.format("skill {}", "skill").alias("skill_id")
    )
    captures = [("board", LAST - timedelta(day), 10) for day in range(364 + WINDOW_DAYS + 2)]
    return (
        openings.cast(dict(DESCRIBED)),  # type: ignore[arg-type]
        skills,
        pl.DataFrame(captures, schema=CAPTURES, orient="row"),
    )
