"""The canonical frames: one schema for every source, and the contract with normalisation and dbt.

A canonical row says what the source said, with types and nothing derived. Text is plain (no HTML), decoded once,
and with people's e-mails and phone numbers masked.
"""

import polars as pl

from kit.frames import Schema

PROVENANCE: Schema = {
    "source": pl.String,  # the name in the sources file
    "captured_on": pl.Date,  # the day on which the source said this
    "record_hash": pl.Int64,  # of the record as parsed: equal rows are exact repeats
    "page_id": pl.String,  # the landed page
    "record_index": pl.Int32,  # where in that page, from 0
}

# One row per source, capture day and source_posting_id.
POSTINGS: Schema = PROVENANCE | {
    "posting_id": pl.Int64,  # stable_id(source, source_posting_id)
    "source_posting_id": pl.String,
    "ats_id": pl.String,  # "greenhouse:4956672008" where known: the same in every source that carries the ad
    "requisition_id": pl.String,  # the employer's own number for the vacancy
    "url": pl.String,
    "title": pl.String,
    "employer": pl.String,
    "places": pl.List(pl.String),  # place texts as given, one an element
    "country_hint": pl.String,  # ISO 3166-1 alpha-2 when the source or its configuration says so
    "description": pl.String,
    "pay_text": pl.String,
    "pay_min": pl.Float64,  # as stated, in pay_currency per pay_period
    "pay_max": pl.Float64,
    "pay_currency": pl.String,  # ISO 4217
    "pay_period": pl.String,  # hour day week fortnight month year
    "pay_kind": pl.String,  # base total ote bonus equity estimated; null: not said
    "posted_on": pl.Date,
    "closes_on": pl.Date,
    "employment_text": pl.String,
    "remote_text": pl.String,
    "seniority_text": pl.String,
    "experience_text": pl.String,
    "industry_text": pl.String,
    "company_size_text": pl.String,
    "category_text": pl.String,
    "skills_listed": pl.List(pl.String),
    "occupation_code": pl.String,  # scheme:code as the source gives it, such as "opm:0201", "soc2018:15-1252"
}

# One row per individual pay observation: what one person, filing or offer states.
SALARIES: Schema = PROVENANCE | {
    "observation_id": pl.Int64,
    "title": pl.String,
    "employer": pl.String,
    "place": pl.String,
    "country_hint": pl.String,
    "pay_min": pl.Float64,
    "pay_max": pl.Float64,
    "pay_currency": pl.String,
    "pay_period": pl.String,
    "pay_kind": pl.String,
    "basis": pl.String,  # reported (by the paid), offered (in a filing)
    "observed_on": pl.Date,
    "seniority_text": pl.String,
    "experience_years": pl.Float64,
    "employment_text": pl.String,
    "remote_text": pl.String,
    "company_size_text": pl.String,
    "industry_text": pl.String,
    "occupation_code": pl.String,
    "n_workers": pl.Int32,  # how many people the observation speaks for; null: one
}

# One row per published official statistic: source, year, occupation, area and industry.
WAGE_STATISTICS: Schema = PROVENANCE | {
    "statistic_id": pl.Int64,
    "year": pl.Int32,
    "occupation_code": pl.String,  # scheme:code
    "occupation_title": pl.String,
    "occupation_group": pl.String,  # total major minor broad detailed
    "area_code": pl.String,
    "area_name": pl.String,
    "area_kind": pl.String,  # country state metro region
    "country": pl.String,
    "currency": pl.String,
    "employment": pl.Int64,
    "annual_mean": pl.Float64,
    "annual_p10": pl.Float64,
    "annual_p25": pl.Float64,
    "annual_median": pl.Float64,
    "annual_p75": pl.Float64,
    "annual_p90": pl.Float64,
    "hourly_mean": pl.Float64,
    "hourly_p10": pl.Float64,
    "hourly_p25": pl.Float64,
    "hourly_median": pl.Float64,
    "hourly_p75": pl.Float64,
    "hourly_p90": pl.Float64,
    "withheld": pl.String,  # the source's marks, as "annual_p90=#": why a figure above is null
}

# One row per day, base and quote currency: one unit of base is `rate` units of quote.
FX_RATES: Schema = PROVENANCE | {
    "rate_on": pl.Date,
    "base": pl.String,
    "quote": pl.String,
    "rate": pl.Float64,
}

# One row per record that could not become a canonical row.
REJECTED: Schema = PROVENANCE | {
    "frame": pl.String,  # which frame it was meant for
    "reason": pl.String,  # one of a small set of words: no_title, bad_pay, bad_date, not_a_record, ...
    "detail": pl.String,
    "record": pl.String,  # the record as JSON
}

# One row per source, capture day and frame: landed = canonical + rejected + repeats, always.
COUNTS: Schema = {
    "source": pl.String,
    "captured_on": pl.Date,
    "frame": pl.String,
    "landed": pl.Int64,
    "canonical": pl.Int64,
    "rejected": pl.Int64,
    "repeats": pl.Int64,
}

FRAMES: dict[str, Schema] = {
    "postings": POSTINGS,
    "salaries": SALARIES,
    "wage_statistics": WAGE_STATISTICS,
    "fx_rates": FX_RATES,
}

# What a row cannot do without; a record that lacks it is rejected as no_<column>.
REQUIRED = {
    "postings": ("source_posting_id", "title"),
    "salaries": ("pay_min",),
    "wage_statistics": ("year", "occupation_code", "area_code"),
    "fx_rates": ("rate_on", "base", "quote", "rate"),
}

# The column that identifies a row within its source, and the one derived from it.
IDENTITY = {
    "postings": "posting_id",
    "salaries": "observation_id",
    "wage_statistics": "statistic_id",
}
