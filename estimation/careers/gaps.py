"""What openings ask for beside what can be supposed of those who might fill them.

No source here counts people with a skill, so every supply is a stand-in, and named: what was asked half a year earlier,
what the ten most related occupations ask, what the taxonomy expects of the occupations hired for.
"""

import polars as pl

from estimation.careers.asked import asked
from estimation.careers.moves import MOST_RELATED
from estimation.schema_skills import SKILL_GAPS

MIN_ASKING = 10  # openings of the supply that ask
MIN_EMPLOYERS = 3
Z = 1.959963984540054
CELL = ("country", "occupation_level", "occupation_code", "skill_id")


def skill_gaps(
    premiums: pl.DataFrame,
    openings: pl.DataFrame,
    skills: pl.DataFrame,
    related: pl.DataFrame,
    expected: pl.DataFrame,
    countries: pl.DataFrame,
) -> pl.DataFrame:
    """SKILL_GAPS for every row of SKILL_PREMIUMS, in order of its keys; the order of rows changes nothing.

    `related` is RELATED_OCCUPATIONS, `expected` OCCUPATION_SKILLS, the rest what `skill_premiums` takes.
    """
    counted = _counted(openings, skills, countries)
    parts = [
        _earlier(premiums),
        _related(premiums.filter(pl.col("occupation_level") == "detailed"), counted, related),
        _taxonomy(premiums, counted, expected),
    ]
    kept = [part.select(SKILL_GAPS.keys()).cast(dict(SKILL_GAPS)) for part in parts]  # type: ignore[arg-type]
    return pl.concat(kept).sort(*CELL, "supply")


def _earlier(premiums: pl.DataFrame) -> pl.DataFrame:
    """The later half of the window over the earlier one."""
    return premiums.with_columns(
        supply=pl.lit("earlier_demand"),
        n_openings="n_half",
        n_openings_asking="n_half_asking",
        n_supply="n_half_before",
        n_supply_asking="n_half_before_asking",
        gap=pl.col("growth").log1p(),
        gap_low=pl.col("growth_low").log1p(),
        gap_high=pl.col("growth_high").log1p(),
        reason="growth_reason",
    )


def _counted(
    openings: pl.DataFrame, skills: pl.DataFrame, countries: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Openings by country and detailed occupation, and those that ask for a skill by employer too."""
    found = asked(openings, skills, countries)
    named = found.names.tocoo()
    of = found.openings.select(
        "country", "occupation_major", "employer_or_source", code="occupation_detailed"
    ).with_row_index("row")
    of = of.filter(pl.col("code").is_not_null())
    pairs = pl.DataFrame({"row": pl.Series(named.row, dtype=pl.UInt32), "skill_id": found.skills.gather(named.col)})
    asking = pairs.join(of, on="row").group_by("country", "code", "skill_id", "employer_or_source").agg(x=pl.len())
    sizes = of.group_by("country", "code", "occupation_major").agg(n=pl.len().cast(pl.Int64))
    return sizes, asking.with_columns(pl.col("x").cast(pl.Int64))


def _related(premiums: pl.DataFrame, counted: tuple[pl.DataFrame, pl.DataFrame], related: pl.DataFrame) -> pl.DataFrame:
    """An occupation over its most related ones in the country, all their openings together.

    Employers ask in bursts: the variance of the logarithm of a count is the sum of squares of the employers' parts.
    """
    sizes, asking = counted
    near = related.filter(pl.col("place") <= MOST_RELATED).select("occupation_code", code="related_code")
    wanted = premiums.select("country", "occupation_code", "skill_id", "n_openings", "n_openings_asking")
    pooled = near.join(sizes, on="code").group_by("country", "occupation_code").agg(n_supply=pl.col("n").sum())
    cells = ["country", "occupation_code", "skill_id"]
    others = (
        wanted.select(cells)
        .join(near, on="occupation_code")
        .join(asking, on=["country", "code", "skill_id"])
        .group_by(*cells, "employer_or_source")
        .agg(pl.col("x").sum())
        .group_by(cells)
        .agg(n_supply_asking=pl.col("x").sum(), squares=(pl.col("x") ** 2).sum(), employers=pl.len())
    )
    own = asking.rename({"code": "occupation_code"}).group_by(cells).agg(own_squares=(pl.col("x") ** 2).sum())
    told = (
        wanted.join(pooled, on=["country", "occupation_code"], how="left")
        .join(others, on=cells, how="left")
        .join(own, on=cells, how="left")
        .with_columns(pl.col("n_supply", "n_supply_asking", "employers").fill_null(0))
    )
    few = (pl.col("n_supply_asking") < MIN_ASKING) | (pl.col("employers") < MIN_EMPLOYERS)
    reason = pl.when(pl.col("n_supply") == 0).then(pl.lit("not_covered")).when(few).then(pl.lit("too_few"))
    share, supply = pl.col("n_openings_asking") / pl.col("n_openings"), pl.col("n_supply_asking") / pl.col("n_supply")
    variance = (
        pl.col("own_squares") / pl.col("n_openings_asking") ** 2 + pl.col("squares") / pl.col("n_supply_asking") ** 2
    )
    told = told.with_columns(reason=reason, gap=(share / supply).log(), half=Z * variance.sqrt())
    stands = pl.col("reason").is_null()
    return told.with_columns(
        pl.when(stands).then("gap"),
        occupation_level=pl.lit("detailed"),
        supply=pl.lit("related_occupations"),
        gap_low=pl.when(stands).then(pl.col("gap") - pl.col("half")),
        gap_high=pl.when(stands).then(pl.col("gap") + pl.col("half")),
    )


def _taxonomy(
    premiums: pl.DataFrame, counted: tuple[pl.DataFrame, pl.DataFrame], expected: pl.DataFrame
) -> pl.DataFrame:
    """Openings that name a skill over openings in occupations of which the taxonomy expects it.

    Only openings whose detailed occupation is known stand for the supply. The interval is Wilson's, of the demand.
    """
    sizes, _ = counted
    levels = {"detailed": pl.col("code"), "major": pl.col("occupation_major"), "all": pl.lit("all")}
    placed = pl.concat(
        [
            sizes.select("country", "code", "n", occupation_level=pl.lit(level), occupation_code=code)
            for level, code in levels.items()
        ]
    )
    group = ["country", "occupation_level", "occupation_code"]
    whole = placed.group_by(group).agg(n_supply=pl.col("n").sum())
    listed = (
        placed.join(expected.unique(), left_on="code", right_on="occupation_code")
        .group_by(*group, "skill_id")
        .agg(n_supply_asking=pl.col("n").sum())
    )
    told = (
        premiums.select(*CELL, "n_openings", "n_openings_asking")
        .join(whole, on=group, how="left")
        .join(listed, on=list(CELL), how="left")
        .with_columns(pl.col("n_supply", "n_supply_asking").fill_null(0))
    )
    empty = pl.lit("not_covered" if expected.is_empty() else "not_listed")
    supply = pl.col("n_supply_asking") / pl.col("n_supply")
    n, p = pl.col("n_openings"), pl.col("n_openings_asking") / pl.col("n_openings")
    half = Z * (p * (1 - p) / n + Z**2 / (4 * n**2)).sqrt()
    middle, wider = p + Z**2 / (2 * n), 1 + Z**2 / n
    stands = pl.col("n_supply_asking") > 0
    ends = {
        "gap": p,
        "gap_low": pl.min_horizontal(p, (middle - half) / wider),
        "gap_high": pl.max_horizontal(p, (middle + half) / wider),
    }
    return told.with_columns(
        supply=pl.lit("taxonomy"),
        reason=pl.when(~stands).then(empty),
        **{name: pl.when(stands).then((end / supply).log()) for name, end in ends.items()},
    )
