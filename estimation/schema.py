"""The frames that estimation gives and marts/api read.

A cell is one combination of keys; its figures come with what a reader needs to judge them.
"""

import polars as pl

from kit.frames import Schema

PERCENTILES = (5, 10, 25, 50, 75, 90, 95)

CELL_KEYS: Schema = {
    "period": pl.String,  # "trailing": 365 days to the last capture in the country; "2023": that calendar year
    "basis": pl.String,  # advertised (openings), reported (by the paid), offered (in a filing): never mixed
    "occupation_level": pl.String,  # detailed broad minor major all
    "occupation_code": pl.String,  # "all" where the level is all
    "place_level": pl.String,  # city metro region country
    "place_id": pl.String,  # "us/ny/new-york", "us/metro/35620", "us/ny", "us"
    "country": pl.String,
    "dimension": pl.String,  # all seniority experience company_size industry: one at a time
    "dimension_value": pl.String,  # "all" where the dimension is all
}

PARENT = ("occupation_level", "occupation_code", "place_level", "place_id", "dimension", "dimension_value")

# One row per cell. Where `reason` is not null every figure is null; where a percentile's own is not null, that one is.
PAY_CELLS: Schema = (
    CELL_KEYS
    | {
        "currency": pl.String,  # the country's own; figures are a year's pay
        "n_openings": pl.Int64,  # unique openings (or observations) in the cell, with pay or not
        "n_observations": pl.Int64,  # those whose base pay is a closed range or one figure in `currency`
        "n_employers": pl.Int64,  # distinct known employers among the observations
        "top_employer_share": pl.Float64,  # of the observations, before any weight
        "n_effective": pl.Float64,  # Kish's effective number of observations after the cap on an employer's weight
        "n_employers_effective": pl.Float64,  # 1 / sum of squared weights of employers
        "window_from": pl.Date,
        "window_to": pl.Date,
        "sources": pl.String,  # names, sorted, joined by commas
        "method": pl.String,  # "advertised-pay@2"
        "interval_level": pl.Float64,
        "interval_method": pl.String,  # exact, woodruff (weights, ranges), clustered (by employer), shrunk (pooled)
        "reason": pl.String,  # no_data (nothing with pay), suppressed (by a rule, and no parent); null: figures stand
        "mean": pl.Float64,
        "mean_low": pl.Float64,
        "mean_high": pl.Float64,
        "share_ranges": pl.Float64,  # weight of the observations that state a range rather than one figure
        "stated_low_p50": pl.Float64,  # medians of the lower ends, the middles and the upper ends as stated
        "stated_mid_p50": pl.Float64,
        "stated_high_p50": pl.Float64,
        "usd_rate": pl.Float64,  # US dollars for one unit of `currency`: mean of the daily rates at the posting dates
        "p50_usd": pl.Float64,
        # asked: the cell's own figures; pooled: shrunk towards its parent; parent: the parent's figures and counts,
        # because the cell holds confidential pay that may not answer; null: no figures
        "level": pl.String,
        # Of a pooled cell's own median, on the log scale; the rest is what is expected of it. 0: the parent answers.
        "own_weight": pl.Float64,
        "spread_ratio": pl.Float64,  # of a pooled cell's dispersion to its parent's, whose percentiles it takes
        **{f"parent_{name}": pl.String for name in PARENT},  # of a pooled cell, or the one that answers for it
        "n_public_openings": pl.Int64,  # n_openings, n_observations and n_employers of what is not confidential
        "n_public_observations": pl.Int64,
        "n_public_employers": pl.Int64,
        # Of every cell with pay, published or not, for estimates that borrow from other cells:
        "log_median": pl.Float64,  # natural logarithm of the median in `currency`
        "log_median_variance": pl.Float64,  # its sampling variance; null for one observation
    }
    | {
        f"p{level}{part}": (pl.String if part == "_reason" else pl.Float64)
        for level in PERCENTILES
        for part in ("", "_low", "_high", "_reason")
    }
)

# One row per month, basis, occupation and place: the median with its interval.
PAY_TRENDS: Schema = {
    "month": pl.Date,  # its first day
    "basis": pl.String,
    "occupation_level": pl.String,
    "occupation_code": pl.String,
    "place_level": pl.String,
    "place_id": pl.String,
    "country": pl.String,
    "currency": pl.String,
    "n_observations": pl.Int64,
    "n_employers": pl.Int64,
    "n_effective": pl.Float64,
    "interval_method": pl.String,
    "p50": pl.Float64,
    "p50_low": pl.Float64,
    "p50_high": pl.Float64,
    "reason": pl.String,
    "method": pl.String,
    "p50_real": pl.Float64,  # in the prices of `prices_of`: p50 * price_base / price_index
    "p50_real_low": pl.Float64,
    "p50_real_high": pl.Float64,
    "real_reason": pl.String,  # the median's, or not_covered: no deflator for the country and month
    "deflator": pl.String,
    "price_index": pl.Float64,  # of the month, or of its year
    "prices_of": pl.Date,  # first day of the month or year
    "price_base": pl.Float64,  # the index of it
}

# What estimation reads: one row per opening or salary observation (fct_pay_observations).
PAY_OBSERVATIONS: Schema = {
    "observation_id": pl.Int64,
    "basis": pl.String,
    "observed_on": pl.Date,
    "occupation_code": pl.String,  # detailed code, or the level that is sure
    "occupation_level": pl.String,
    "occupation_broad": pl.String,  # the groups above it; null: not known that finely
    "occupation_minor": pl.String,
    "occupation_major": pl.String,
    "place_id": pl.String,
    "place_level": pl.String,
    "region_id": pl.String,  # "us/ny"
    "metro": pl.String,
    "country": pl.String,
    "seniority": pl.String,
    "experience_years": pl.Float64,
    "company_size": pl.String,
    "industry": pl.String,
    "employer_key": pl.String,
    "contributor_id": pl.Int64,  # whose it is where the employer is not known; null: any unknown employer's
    "pay_annual": pl.Float64,  # midpoint of the stated closed range, local currency; null: no usable pay
    "pay_annual_min": pl.Float64,  # its ends; null: one figure, pay_annual
    "pay_annual_max": pl.Float64,
    "pay_annual_usd": pl.Float64,  # the midpoint at the daily rate of its day; null: that day has no rate
    "sources": pl.String,  # names, sorted, joined by commas
}

# Confidential observations in figures (estimation.disclosure.contributions): private, never part of a release.
TAKEN_UP: Schema = {
    "source": pl.String,
    "observation_id": pl.Int64,
    "block": pl.Int64,
    "taken_up_on": pl.Date,  # the country's last capture then
    "pay_annual": pl.Float64,  # as it was then; null: the row is gone, and its block with it
    "pay_annual_min": pl.Float64,
    "pay_annual_max": pl.Float64,
    "pay_annual_usd": pl.Float64,
}

# What the figures of a country are in, and up to when (dim_countries): one row per country with a capture.
COUNTRIES: Schema = {
    "country": pl.String,
    "currency": pl.String,
    "last_captured_on": pl.Date,
}

# One row per occupation and related occupation, by the taxonomy.
RELATED_OCCUPATIONS: Schema = {
    "occupation_code": pl.String,
    "related_code": pl.String,
    "place": pl.Int64,  # 1 the most alike
    "closeness": pl.Float64,  # cosine of all their words, 0 to 1
}
