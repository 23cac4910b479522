"""Skill premiums in simulated markets: do intervals cover what was planted, and what is found where nothing is?

Employers differ in pay and in what they ask for, a few of them post much: openings of one employer are alike in both.
Each market is a country of one frame, so that all are estimated at once.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from accuracy.scores import Goal, Score, Scored, at_least, at_most, within
from accuracy.sets import Sets
from estimation.careers.skills import skill_premiums
from estimation.schema_skills import DESCRIBED_OPENINGS

LAST = date(2026, 6, 30)
OPENINGS, EMPLOYERS, SKILLS = 400, 80, 20
PLANTED = 0.10  # of log pay, for each of the first skills of half of the markets
N_PLANTED = 4
SHARE_OF_MARKETS = 2  # one market in so many of those asked for: each has twenty skills


@dataclass(frozen=True)
class Simulated:
    """Frames as `skill_premiums` takes them; `truth` has country, skill_id and planted (log points)."""

    openings: pl.DataFrame
    skills: pl.DataFrame
    countries: pl.DataFrame
    truth: pl.DataFrame


def simulate(markets: int, seed: int = 1) -> Simulated:
    """Markets of 400 paid openings; those at odd places have no premium at all."""
    rng = np.random.default_rng(seed)
    n = markets * OPENINGS
    market = np.repeat(np.arange(markets), OPENINGS)
    weights = np.arange(1, EMPLOYERS + 1) ** -0.6
    employer = rng.choice(EMPLOYERS, n, p=weights / weights.sum())
    occupation, region, level = rng.integers(0, 4, n), rng.integers(0, 5, n), rng.integers(0, 3, n)
    of_employer = rng.normal(0, 0.08, (markets, EMPLOYERS))[market, employer]
    taste = rng.normal(-1.2, 0.8, (markets, EMPLOYERS, SKILLS))
    named = rng.random((n, SKILLS)) < 1 / (1 + np.exp(-taste[market, employer]))
    premium = np.zeros((markets, SKILLS))
    premium[::2, :N_PLANTED] = PLANTED
    log_pay = 11 + 0.2 * occupation + 0.1 * region + 0.15 * level + of_employer + rng.normal(0, 0.15, n)
    log_pay += (named * premium[market]).sum(axis=1)
    names = np.array([f"M{at:04d}" for at in range(markets)])
    skill_ids = np.array([f"skill-{at:02d}" for at in range(SKILLS)])
    rows, columns = np.nonzero(named)
    codes = np.array([f"15-12{at}1" for at in range(4)])[occupation]
    openings = pl.DataFrame(
        {
            "opening_id": np.arange(n),
            "representative_posting_id": np.arange(n),
            "country": names[market],
            "occupation_code": codes,
            "occupation_detailed": codes,
            "region_id": np.char.add("r", region.astype(str)),
            "seniority": np.char.add("s", level.astype(str)),
            "employer_or_source": np.char.add("firm ", employer.astype(str)),
            "pay_annual": np.exp(log_pay),
        }
    ).with_columns(
        pl.lit("15-0000").alias("occupation_major"),
        pl.lit("board").alias("representative_source"),
        *(pl.lit(LAST).alias(day) for day in ("opened_on", "first_captured_on", "last_captured_on")),
    )
    return Simulated(
        openings.select(DESCRIBED_OPENINGS.keys()),
        pl.DataFrame({"posting_id": rows, "skill_id": skill_ids[columns]}),
        pl.DataFrame({"country": names, "currency": "USD", "last_captured_on": LAST}),
        pl.DataFrame(
            {
                "country": np.repeat(names, SKILLS),
                "skill_id": np.tile(skill_ids, markets),
                "planted": premium.ravel(),
            }
        ),
    )


def judged(simulated: Simulated) -> pl.DataFrame:
    """Every premium of all occupations together that was published, beside what was planted."""
    found = skill_premiums(simulated.openings, simulated.skills, simulated.countries)
    found = found.filter((pl.col("occupation_level") == "all") & pl.col("premium").is_not_null())
    return found.join(simulated.truth, on=["country", "skill_id"])


def score(sets: Sets) -> Scored:
    """Coverage of the intervals, false discoveries (with and without true ones beside them), and what is found."""
    found = judged(simulate(max(sets.markets // SHARE_OF_MARKETS, 20)))
    truth, low, high = pl.col("planted"), pl.col("premium_low").log1p(), pl.col("premium_high").log1p()
    found = found.with_columns(
        covered=truth.is_between(low, high),
        discovered=pl.col("verdict").is_in(["pays_more", "pays_less"]),
        null=truth == 0,
        odd=~(truth > 0).any().over("country"),
    )
    of_market = found.group_by("country", maintain_order=True).agg(
        false=(pl.col("discovered") & pl.col("null")).sum() / pl.col("discovered").sum().clip(1),
        covered=pl.col("covered").mean(),
        odd=pl.col("odd").first(),
        power=pl.col("discovered").filter(~pl.col("null")).mean(),
    )
    mixed, none = of_market.filter(~pl.col("odd")), of_market.filter("odd")
    return Scored(
        [
            _mean("coverage", of_market["covered"], within(0.94, 0.97)),
            _mean("false_discovery_beside_true", mixed["false"], at_most(0.05)),
            _mean("false_discovery_of_nothing", none["false"], at_most(0.05)),
            _mean("found_of_planted", mixed["power"], at_least(0.8)),
        ]
    )


def _mean(measure: str, column: pl.Series, goal: Goal) -> Score:
    values = column.drop_nulls().to_numpy()
    return Score(measure, float(values.mean()), goal, len(values), float(values.std(ddof=1) / len(values) ** 0.5))
