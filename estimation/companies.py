"""Employers beside the market: what they pay for their own mix, what they hire for, and who hires notably more."""

import numpy as np
import polars as pl

from estimation.flows import spans
from estimation.schema_skills import COMPANY_GROWTH, COMPANY_STANDINGS
from estimation.windows import TRAILING_DAYS

MIN_OTHERS = 10  # paid openings of other employers in a stratum that can be compared with
MIN_COMPARED = 10  # paid openings of the employer
MIN_STRATA = 3.0  # effective number of strata that these lie in
LISTED = 5
LEVEL = 0.95
# What an opening is compared within: the first of these with enough others.
STRATA = (
    ("country", "occupation_code", "region_id", "seniority"),
    ("country", "occupation_code", "seniority"),
    ("country", "occupation_code"),
)
SPAN_DAYS = 91
MIN_IN_SPANS = 30
MIN_FIRMS = 10  # of a country that have a middle one; with fewer all openings together stand for it
MEDIAN_EFFICIENCY = 0.37  # of a variance by the median, beside one by all squares
HOT_GROWTH = 0.10  # the lower end of a hot company's growth lies above
Q_VALUE = 0.05


def company_standings(
    openings: pl.DataFrame, described: pl.DataFrame, skills: pl.DataFrame, countries: pl.DataFrame
) -> pl.DataFrame:
    """COMPANY_STANDINGS of every known employer, ordered. Takes MARKET_OPENINGS, DESCRIBED_OPENINGS, OPENING_SKILLS."""
    known = _trailing(openings, countries).filter(pl.col("employer_key").is_not_null())
    named = _trailing(described, countries).join(
        skills.unique(), left_on="representative_posting_id", right_on="posting_id"
    )
    firm = ["employer_key", "country"]
    standing = known.select(firm).unique().sort(firm).join(_percentiles(openings, countries), on=firm, how="left")
    lists = {
        "top_occupations": known.select(*firm, value="occupation_detailed"),
        "top_regions": known.select(*firm, value="region_id"),
        "top_skills": named.select(country="country", employer_key="employer_or_source", value="skill_id"),
    }
    for name, rows in lists.items():
        standing = standing.join(_most_frequent(rows, name), on=firm, how="left", maintain_order="left")
    told = standing.with_columns(
        pl.col("n_compared").fill_null(0),
        pl.col("n_strata").fill_null(0.0),
        pl.col(*lists).fill_null(""),
        pay_percentile_reason=pl.when(pl.col("pay_percentile").is_not_null())
        .then(pl.lit(None, pl.String))
        .when(pl.col("n_compared").is_null())
        .then(pl.lit("no_data"))
        .otherwise(pl.lit("too_few")),
    )
    return told.select(COMPANY_STANDINGS.keys()).cast(dict(COMPANY_STANDINGS)).sort(firm)  # type: ignore[arg-type]


def company_growth(openings: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """COMPANY_GROWTH of employers with MIN_IN_SPANS openings in two spans of 91 days, ordered.

    Given both together, the later ones of an employer that grows like its market are a binomial draw, wider than that
    as employers post in bursts: by how much wider is taken from the employers themselves.
    """
    known = _trailing(openings, countries)
    later = pl.Series("later", spans(known, openings, SPAN_DAYS))
    known = known.with_columns(later).filter(pl.col("later") >= 0)
    counted = (
        known.group_by("country", "employer_key")
        .agg(n_recent=(pl.col("later") == 1).sum().cast(pl.Int64), n_before=(pl.col("later") == 0).sum().cast(pl.Int64))
        .sort("country", "employer_key", nulls_last=True)
        .with_columns(
            market_recent=pl.col("n_recent").sum().over("country"),
            market_before=pl.col("n_before").sum().over("country"),
        )
    )
    firms = counted.filter(
        pl.col("employer_key").is_not_null()
        & (pl.col("n_recent") + pl.col("n_before") >= MIN_IN_SPANS)
        & (pl.col("market_recent") > 0)
        & (pl.col("market_before") > 0)
    )
    last = pl.col("last_captured_on")
    days = countries.select(
        "country",
        window_from=last.dt.offset_by(f"-{SPAN_DAYS - 1}d"),
        window_to=last,
        before_from=last.dt.offset_by(f"-{2 * SPAN_DAYS - 1}d"),
        before_to=last.dt.offset_by(f"-{SPAN_DAYS}d"),
    )
    grown = _tested(firms).join(days, on="country", how="left")
    return grown.select(COMPANY_GROWTH.keys()).cast(dict(COMPANY_GROWTH)).sort("employer_key", "country")  # type: ignore[arg-type]


def _tested(firms: pl.DataFrame) -> pl.DataFrame:
    from scipy.stats import chi2, false_discovery_control
    from scipy.stats import t as student

    recent, before = (firms[name].to_numpy().astype(float) for name in ("n_recent", "n_before"))
    total = recent + before
    usual = firms.select(_usual_share())["usual"].to_numpy()
    excess = (recent - total * usual) / np.sqrt(total * usual * (1 - usual)) if len(total) else total
    # The median is not moved by the few that are hot.
    burst = max(float(np.median(excess**2)) / chi2.ppf(0.5, 1), 1.0) if len(excess) else 1.0
    freedom = max(MEDIAN_EFFICIENCY * (len(excess) - 1), 1.0)
    p = student.sf(excess / np.sqrt(burst), freedom)
    q = np.full(len(p), np.nan)
    country = firms["country"].to_numpy()
    for each in np.unique(country):
        q[country == each] = false_discovery_control(p[country == each])
    # Half an opening more in either span: a firm that had none before has a growth, and a wide interval.
    change = np.log((recent + 0.5) / (before + 0.5))
    half = student.ppf(0.5 + LEVEL / 2, freedom) * np.sqrt(burst * (1 / (recent + 0.5) + 1 / (before + 0.5)))
    low = np.expm1(change - half)
    return firms.with_columns(
        pl.Series("growth", np.expm1(change)),
        pl.Series("growth_low", low),
        pl.Series("growth_high", np.expm1(change + half)),
        pl.Series("market_growth", usual / (1 - usual) - 1),
        pl.Series("p_value", p),
        pl.Series("q_value", q),
        pl.Series("is_hot", (q <= Q_VALUE) & (low > HOT_GROWTH)),
    )


def _usual_share() -> pl.Expr:
    """The share of later openings of the country's middle employer: hot ones do not move it, as they would the sum."""
    pooled = pl.col("market_recent") / (pl.col("market_recent") + pl.col("market_before"))
    middle = (pl.col("n_recent") / (pl.col("n_recent") + pl.col("n_before"))).median().over("country")
    many = (pl.len().over("country") >= MIN_FIRMS) & middle.is_between(0.01, 0.99)
    return pl.when(many).then(middle).otherwise(pooled).alias("usual")


def _trailing(openings: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("last_captured_on")
    windows = countries.select("country", window_from=last.dt.offset_by(f"-{TRAILING_DAYS - 1}d"), window_to=last)
    known = openings.join(windows, on="country", how="inner")
    return known.filter(pl.col("opened_on").is_between("window_from", "window_to")).sort("opening_id")


def _percentiles(openings: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """Mean place of an employer's paid openings among those of others, with an interval over the strata it hires in."""
    paid = _trailing(openings, countries).filter(
        pl.col("pay_annual").is_finite() & (pl.col("pay_annual") > 0) & pl.col("occupation_code").is_not_null()
    )
    paid = paid.with_columns(
        pl.col("region_id", "seniority").fill_null("?"),
        firm=pl.coalesce("employer_key", pl.lit("?") + pl.col("representative_source")),
        standing=pl.lit(None, pl.Float64),
    )
    for keys in STRATA:
        others = pl.len().over(keys) - pl.len().over(*keys, "firm")
        # Mean ranks count equals half; taking the own rank away leaves the place among the others.
        ahead = pl.col("pay_annual").rank("average").over(keys) - pl.col("pay_annual").rank("average").over(
            *keys, "firm"
        )
        here = pl.when(others >= MIN_OTHERS).then(ahead / others)
        paid = paid.with_columns(standing=pl.coalesce("standing", here))
    groups = (
        paid.filter(pl.col("standing").is_not_null() & pl.col("employer_key").is_not_null())
        .sort("opening_id")
        .group_by("employer_key", "country", *STRATA[0][1:], maintain_order=True)
        .agg(n=pl.len().cast(pl.Float64), total=pl.col("standing").sum())
        .sort("employer_key", "country", *STRATA[0][1:])
    )
    return _over_strata(groups)


def _over_strata(groups: pl.DataFrame) -> pl.DataFrame:
    """One firm's pay in a stratum is often one pay scale: strata, not openings, are what varies independently."""
    from scipy.stats import t as student

    firm = ["employer_key", "country"]
    n, total = pl.col("n"), pl.col("total")
    mean = total.sum() / n.sum()
    found = groups.group_by(firm, maintain_order=True).agg(
        n_compared=n.sum().cast(pl.Int64),
        mean=mean,
        n_strata=n.sum() ** 2 / (n**2).sum(),
        error=((total - n * mean) ** 2).sum().sqrt() / n.sum(),
    )
    effective = found["n_strata"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        widened = np.sqrt(effective / np.maximum(effective - 1, 0.5))
        half = student.ppf(0.5 + LEVEL / 2, np.maximum(effective - 1, 1)) * found["error"].to_numpy() * widened
    enough = (pl.col("n_compared") >= MIN_COMPARED) & (pl.col("n_strata") >= MIN_STRATA)
    ends = found.with_columns(pl.Series("half", half))
    return ends.select(
        *firm,
        "n_compared",
        "n_strata",
        pay_percentile=pl.when(enough).then(100 * pl.col("mean")),
        pay_percentile_low=pl.when(enough).then(100 * (pl.col("mean") - pl.col("half")).clip(0, 1)),
        pay_percentile_high=pl.when(enough).then(100 * (pl.col("mean") + pl.col("half")).clip(0, 1)),
    )


def _most_frequent(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """The most frequent values of each employer and country, joined by commas; of equals the first in order."""
    firm = ["employer_key", "country"]
    counted = (
        rows.drop_nulls()
        .group_by(*firm, "value")
        .agg(n=pl.len())
        .sort(*firm, "n", "value", descending=[False, False, True, False])
    )
    return counted.group_by(firm, maintain_order=True).agg(pl.col("value").head(LISTED).str.join(",").alias(name))
