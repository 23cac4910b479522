"""Where people of an occupation may go: related occupations and the next level of their own.

"Similar" is the taxonomy's word (estimation/careers/similarity.py); nothing here has seen anybody move.
"""

import polars as pl

from estimation.careers.asked import asked
from estimation.careers.pay_change import pay_changes
from estimation.schema_skills import CAREER_MOVES
from estimation.windows import TRAILING_DAYS

MOST_RELATED = 10
MIN_OPENINGS = 10  # of the occupation (and level) that is left; of a level that is gone to; described ones for skills
MISSING = 5
MISSING_SHARE = 0.10  # a skill that fewer openings of the target ask for is not missed
LATERAL = 0.10  # pay that differs by less, whole interval
LADDER = ("intern", "entry", "mid", "senior", "staff", "manager", "director", "vp", "c_level")
MANAGEMENT = "11"
KEYS = ("country", "from_code", "from_seniority", "to_code", "to_seniority")


def career_moves(
    openings: pl.DataFrame,
    described: pl.DataFrame,
    skills: pl.DataFrame,
    related: pl.DataFrame,
    countries: pl.DataFrame,
) -> pl.DataFrame:
    """CAREER_MOVES of the trailing window, in order of its keys.

    Takes MARKET_OPENINGS, DESCRIBED_OPENINGS, OPENING_SKILLS, RELATED_OCCUPATIONS and COUNTRIES. The order of their
    rows changes nothing.
    """
    last = pl.col("last_captured_on")
    windows = countries.select("country", window_from=last.dt.offset_by(f"-{TRAILING_DAYS - 1}d"), window_to=last)
    known = openings.filter(pl.col("occupation_detailed").is_not_null()).join(windows, on="country", how="inner")
    known = known.filter(pl.col("opened_on").is_between("window_from", "window_to"))
    moves = pl.concat([_changes(known, related), _steps(known)])
    skilled = moves.join(
        _skills(moves, described, skills, countries), on=["country", "from_code", "to_code"], how="left"
    )
    told = skilled.join(windows, on="country", how="left").with_columns(_kind())
    return told.select(CAREER_MOVES.keys()).cast(dict(CAREER_MOVES)).sort(KEYS)  # type: ignore[arg-type]


def _changes(known: pl.DataFrame, related: pl.DataFrame) -> pl.DataFrame:
    """To the first related occupations, holding region and seniority."""
    counted = known.group_by("country", code="occupation_detailed").agg(n=pl.len())
    pairs = (
        counted.filter(pl.col("n") >= MIN_OPENINGS)
        .rename({"code": "from_code", "n": "n_openings_from"})
        .join(
            related.filter(pl.col("place") <= MOST_RELATED).select(
                "place", "closeness", from_code="occupation_code", to_code="related_code"
            ),
            on="from_code",
        )
        .join(counted.select("country", to_code="code", n_openings_to="n"), on=["country", "to_code"], how="left")
        .with_columns(pl.col("n_openings_to").fill_null(0), from_seniority=pl.lit("all"), to_seniority=pl.lit("all"))
    )
    return _priced(known.with_columns(level=pl.lit("all")), pairs, ["region_id", "seniority"])


def _steps(known: pl.DataFrame) -> pl.DataFrame:
    """To the next level of the same occupation that has openings, holding region."""
    ladder = pl.Enum(LADDER)
    counted = (
        known.filter(pl.col("seniority").is_in(LADDER))
        .group_by("country", "occupation_detailed", "seniority")
        .agg(n=pl.len())
    )
    levels = counted.filter(pl.col("n") >= MIN_OPENINGS).sort(
        "country", "occupation_detailed", pl.col("seniority").cast(ladder)
    )
    same = ["country", "occupation_detailed"]
    pairs = levels.with_columns(
        to_seniority=pl.col("seniority").shift(-1).over(same), n_openings_to=pl.col("n").shift(-1).over(same)
    ).filter(pl.col("to_seniority").is_not_null())
    pairs = pairs.select(
        "country",
        from_code="occupation_detailed",
        n_openings_from="n",
        place=pl.lit(None, pl.Int64),
        closeness=pl.lit(None, pl.Float64),
        to_code="occupation_detailed",
        n_openings_to="n_openings_to",
        from_seniority="seniority",
        to_seniority="to_seniority",
    )
    return _priced(known.with_columns(level="seniority"), pairs, ["region_id"])


def _priced(known: pl.DataFrame, pairs: pl.DataFrame, held: list[str]) -> pl.DataFrame:
    """The pairs, ordered, with the change of pay from one unit (country, occupation, level) to the other."""
    order = ["country", "from_code", "from_seniority", "to_code", "to_seniority"]
    pairs = pairs.select(*order, "place", "closeness", "n_openings_from", "n_openings_to").sort(order)
    paid = known.filter(pl.col("pay_annual").is_finite() & (pl.col("pay_annual") > 0))
    paid = paid.with_columns(
        pl.col(*held).fill_null("?"), unit=pl.concat_str("country", "occupation_detailed", "level", separator=" ")
    )
    units = paid.select("unit").unique().sort("unit").with_row_index("number")
    strata = paid.select(*held).unique().sort(held).with_row_index("stratum")
    rows = (
        paid.join(units, on="unit")
        .join(strata, on=held)
        .select(
            "opening_id",
            "stratum",
            unit="number",
            employer=pl.coalesce("employer_key", pl.lit("?") + pl.col("representative_source")),
            log_pay=pl.col("pay_annual").log(),
        )
    )
    ends = pairs
    for side in ("from", "to"):
        named = pl.concat_str("country", f"{side}_code", f"{side}_seniority", separator=" ")
        ends = ends.with_columns(unit=named).join(units, on="unit", how="left", maintain_order="left")
        ends = ends.with_columns(pl.col("number").cast(pl.Int64).fill_null(-1).alias(f"{side}_unit")).drop(
            "unit", "number"
        )
    changes = pay_changes(rows.with_columns(pl.col("unit").cast(pl.Int64)), ends)
    return pl.concat([pairs, changes], how="horizontal")


def _skills(
    moves: pl.DataFrame, described: pl.DataFrame, skills: pl.DataFrame, countries: pl.DataFrame
) -> pl.DataFrame:
    """For each pair of occupations what both ask for, and what the second asks for beyond the first."""
    found = asked(described, skills, countries)
    named = found.names.tocoo()
    cells = found.openings.select("country", code="occupation_detailed").with_row_index("row")
    sizes = cells.drop_nulls().group_by("country", "code").agg(n=pl.len())
    shares = (
        pl.DataFrame({"row": pl.Series(named.row, dtype=pl.UInt32), "skill_id": found.skills.gather(named.col)})
        .join(cells.drop_nulls(), on="row")
        .group_by("country", "code", "skill_id")
        .agg(asking=pl.len())
        .join(sizes.filter(pl.col("n") >= MIN_OPENINGS), on=["country", "code"])
        .select("country", "code", "skill_id", share=pl.col("asking") / pl.col("n"))
    )
    pairs = moves.select("country", "from_code", "to_code").filter(pl.col("from_code") != pl.col("to_code")).unique()
    enough = sizes.filter(pl.col("n") >= MIN_OPENINGS).select("country", "code")
    for side in ("from_code", "to_code"):
        pairs = pairs.join(enough.rename({"code": side}), on=["country", side], how="semi")
    both = (
        pairs.join(shares.rename({"code": "to_code", "share": "wanted"}), on=["country", "to_code"])
        .join(shares.rename({"code": "from_code", "share": "had"}), on=["country", "from_code", "skill_id"], how="left")
        .with_columns(pl.col("had").fill_null(0.0), gap=pl.col("wanted") - pl.col("had").fill_null(0.0))
        .sort(
            "country",
            "from_code",
            "to_code",
            pl.col("gap").round(12),
            "skill_id",
            descending=[False, False, False, True, False],
        )
    )
    missed = (pl.col("wanted") >= MISSING_SHARE) & (pl.col("had") < pl.col("wanted") / 2)
    return both.group_by("country", "from_code", "to_code", maintain_order=True).agg(
        skill_overlap=pl.min_horizontal("wanted", "had").sum() / pl.col("wanted").sum(),
        missing_skills=pl.col("skill_id").filter(missed).head(MISSING).str.join(","),
    )


def _kind() -> list[pl.Expr]:
    """The interval decides, and the family: what pays surely more in it, or in management, is an advancement."""
    family = pl.col("from_code").str.head(2) == pl.col("to_code").str.head(2)
    up = pl.col("pay_change_low") > 0
    level = (pl.col("pay_change_low") > -LATERAL) & (pl.col("pay_change_high") < LATERAL)
    step = pl.col("from_seniority") != "all"
    move = (
        pl.when(step | (up & (family | (pl.col("to_code").str.head(2) == MANAGEMENT))))
        .then(pl.lit("advancement"))
        .when(family & level)
        .then(pl.lit("lateral"))
        .otherwise(pl.lit("similar"))
    )
    return [
        move.alias("move"),
        pl.when(step)
        .then(pl.lit("same_occupation"))
        .when(pl.col("skill_overlap").is_null())
        .then(pl.lit("too_few"))
        .alias("skill_reason"),
    ]
