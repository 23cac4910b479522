"""How much of the synthetic market's truth a store has recovered."""

from dataclasses import dataclass
from functools import cached_property

import duckdb
import polars as pl

from ingestion.synthetic import Market
from ingestion.synthetic.truth import Truth, truth
from ingestion.synthetic.world import read_table
from kit.store import Store

AMBIGUOUS_WORDS = (  # named by phrases.yaml in their other sense, and asked for by no occupation of the market
    "go r c rust ruby julia swift basic spring express shell-scripting microsoft-access microsoft-word "
    "microsoft-teams google-workspace"
)
AMBIGUOUS = AMBIGUOUS_WORDS.split()


@dataclass(frozen=True)
class Found:
    """A store that was filled from a market, beside the market's truth."""

    store: Store
    market: Market

    @cached_property
    def truth(self) -> Truth:
        return truth(self.market)

    def normalised(self, frame: str) -> pl.DataFrame:
        return pl.concat([pl.read_parquet(path) for _, _, path in self.store.partitions("normalised", frame)])

    def sql(self, query: str) -> pl.DataFrame:
        with duckdb.connect(str(self.store.warehouse), read_only=True) as connection:
            return connection.sql(query).pl()

    @cached_property
    def members(self) -> pl.DataFrame:
        """posting_id, opening_id as clustered, true_id as it is."""
        found = pl.read_parquet(self.store.openings / "members.parquet").select("posting_id", "opening_id")
        known = self.truth.postings.select("posting_id", true_id="opening_id")
        return found.join(known, on="posting_id", how="full", coalesce=True)

    @cached_property
    def postings(self) -> pl.DataFrame:
        """Each posting as normalised on its first day, with its opening's truth in columns true_*."""
        opened = self.truth.openings.select(pl.all().name.prefix("true_"))
        of = self.truth.postings.select("posting_id", true_opening_id="opening_id")
        rows = self.normalised("postings").sort("captured_on").unique("posting_id", keep="first", maintain_order=True)
        return rows.join(of, on="posting_id", how="left").join(opened, on="true_opening_id", how="left")

    @cached_property
    def skills(self) -> pl.DataFrame:
        """posting_id, skill_id, requirement as found, true_requirement as it is; null where one side has none."""
        found = self.normalised("posting_skills").unique(["posting_id", "skill_id"])
        of = self.truth.postings.select("posting_id", "opening_id")
        known = of.join(self.truth.skills, on="opening_id").select(
            "posting_id", "skill_id", true_requirement="requirement"
        )
        return found.select("posting_id", "skill_id", "requirement").join(
            known, on=["posting_id", "skill_id"], how="full", coalesce=True
        )


def unique_count_error(found: Found) -> float:
    """How far the number of openings is from the truth, as a share of it."""
    true = found.truth.openings.height
    return abs(found.members["opening_id"].n_unique() - true) / true


def pair_scores(found: Found) -> tuple[float, float]:
    """Precision and recall over pairs of postings that are one opening."""
    together = _pairs(found.members, "opening_id", "true_id")
    same = _pairs(found.members.filter(pl.col("opening_id").is_not_null()), "opening_id")
    true = _pairs(found.members, "true_id")
    return together / same, together / true


def _pairs(members: pl.DataFrame, *keys: str) -> int:
    sizes = members.group_by(keys).len()["len"]
    return int((sizes * (sizes - 1) // 2).sum())


def title_scores(found: Found) -> dict[str, float]:
    """Share of postings whose code is right at the level given, right at six digits, and given at six digits."""
    rows = found.postings
    lengths = {"detailed": 7, "broad": 6, "minor": 4, "major": 2}
    size = pl.col("occupation_level").replace_strict(lengths, default=7, return_dtype=pl.Int64)
    given, true = pl.col("occupation_code"), pl.col("true_occupation_code")
    agrees = (given.str.slice(0, size) == true.str.slice(0, size)).fill_null(False)
    return rows.select(
        right_as_given=agrees.filter(given.is_not_null()).mean(),
        right_at_six=(given == true).fill_null(False).mean(),
        six_given=(pl.col("occupation_level") == "detailed").fill_null(False).mean(),
        coded=given.is_not_null().mean(),
    ).row(0, named=True)


def agreement(found: Found, column: str) -> float:
    """Share of postings in which a normalised column equals its truth, nulls being equal."""
    return float(found.postings.select(pl.col(column).eq_missing(pl.col(f"true_{column}")).mean()).item())


def skill_scores(found: Found) -> tuple[float, float]:
    """Precision and recall at posting level over the skills that any occupation of the market names."""
    named = found.truth.skills["skill_id"].unique().implode()
    rows = found.skills.filter(pl.col("skill_id").is_in(named))
    hits = rows.filter(pl.col("requirement").is_not_null() & pl.col("true_requirement").is_not_null()).height
    return hits / rows["requirement"].count(), hits / rows["true_requirement"].count()


def requirement_agreement(found: Found) -> float:
    """Of rightly found skills, the share whose required / preferred / mentioned is right too."""
    both = found.skills.drop_nulls(["requirement", "true_requirement"])
    return float((both["requirement"] == both["true_requirement"]).mean() or 0)


def ambiguous_rate(found: Found) -> float:
    """Skills per posting that were read out of words in their other sense."""
    return found.skills.filter(pl.col("skill_id").is_in(AMBIGUOUS)).height / found.truth.postings.height


def pay_scores(found: Found) -> tuple[float, float]:
    """Of postings that state a closed base pay: the share read exactly; and of the others, the share given one."""
    closed = pl.col("true_pay_form").is_in(["range", "single"])
    rows = found.postings.with_columns(
        mid=(pl.col("pay_annual_min") + pl.col("pay_annual_max")) / 2,
        base=pl.col("pay_kind").fill_null("base") == "base",
    )
    exact = (pl.col("mid") - pl.col("true_pay_annual")).abs() < 1
    given = pl.col("mid").is_not_null() & pl.col("base")
    return rows.select(
        exact=(given & exact).fill_null(False).filter(closed).mean(), false=given.filter(~closed).mean()
    ).row(0)


def band_coverage(found: Found, everyone: pl.DataFrame, levels: tuple[int, ...] = (25, 50, 75)) -> tuple[int, int]:
    """How many published intervals of occupation x country cells cover the true percentile, out of how many.

    `everyone` is a population of the market within the figures' window. The cells do not overlap, and no cell
    counts whose openings the population hardly has.
    """
    bands = found.sql(
        "select * from api.mart_pay_bands where period = 'trailing' and basis = 'advertised' and dimension = 'all'"
        " and occupation_level = 'detailed' and place_level = 'country' and reason is null"
    )
    true = everyone.group_by("occupation_code", "country").agg(
        pl.len().alias("size"),
        *[pl.col("pay_annual").quantile(level / 100, "linear").alias(f"true_{level}") for level in levels],
    )
    cells = bands.join(true.filter(pl.col("size") >= 400), on=["occupation_code", "country"])
    covered = shown = 0
    for level in levels:
        given = cells.filter(pl.col(f"p{level}_low").is_not_null())
        inside = (pl.col(f"p{level}_low") <= pl.col(f"true_{level}")) & (
            pl.col(f"true_{level}") <= pl.col(f"p{level}_high")
        )
        covered += given.filter(inside).height
        shown += given.height
    return covered, shown


def growth(found: Found) -> pl.DataFrame:
    """Published growth on a year of detailed occupations in the United States, with what was planted."""
    planted = read_table("occupations").select(occupation_code="code", planted=pl.col("yearly_demand") / 100)
    return found.sql(
        "select * from api.mart_posting_growth where comparison = 'year' and occupation_level = 'detailed'"
        " and place_id = 'us' and reason is null"
    ).join(planted, on="occupation_code")


def growth_coverage(found: Found) -> tuple[int, int]:
    """How many intervals of growth on a year cover the planted growth, out of how many."""
    rows = growth(found)
    return rows.filter(pl.col("planted").is_between(pl.col("growth_low"), pl.col("growth_high"))).height, rows.height


def month_coverage(found: Found, everyone: pl.DataFrame) -> tuple[int, int]:
    """How many intervals of monthly medians in the United States cover the true median, out of how many."""
    true = (
        everyone.filter(country="US")
        .group_by("occupation_code", month=pl.col("born_on").dt.truncate("1mo"))
        .agg(pl.len().alias("size"), true=pl.col("pay_annual").median())
    )
    rows = found.sql(
        "select * from api.mart_pay_trends where basis = 'advertised' and occupation_level = 'detailed'"
        " and place_id = 'us' and p50_low is not null"
    ).join(true.filter(pl.col("size") >= 200), on=["occupation_code", "month"])
    return rows.filter(pl.col("true").is_between(pl.col("p50_low"), pl.col("p50_high"))).height, rows.height
