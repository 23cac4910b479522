"""The frames that normalisation makes of the canonical ones: what dbt's sources declare.

`source`, `captured_on` and the row's id come along unchanged, so that any row can be traced to its page.
"""

import polars as pl

from kit.frames import Schema

# What both postings and salaries get.
PAY: Schema = {
    "pay_min": pl.Float64,  # as stated, per pay_period in pay_currency; null: open or not stated
    "pay_max": pl.Float64,
    "pay_currency": pl.String,
    "pay_period": pl.String,  # hour day week fortnight month year
    "pay_kind": pl.String,  # base total ote bonus equity estimated
    "pay_origin": pl.String,  # field text: where it was read
    "pay_reason": pl.String,  # why there is none: not_stated, ambiguous_period, ambiguous_currency, out_of_range ...
    "pay_annual_min": pl.Float64,  # in pay_currency
    "pay_annual_max": pl.Float64,
    "pay_annual_hours": pl.Float64,  # hours a year taken for hourly pay; null where pay was not hourly
}
OCCUPATION: Schema = {
    "title_clean": pl.String,
    "occupation_code": pl.String,  # SOC 2018 at the level that is sure: 15-1252, 15-1250, 15-1200, 15-0000
    "occupation_level": pl.String,  # detailed broad minor major; null: none
    "occupation_probability": pl.Float64,
    "occupation_method": pl.String,  # source, exact, nearest
    "seniority": pl.String,  # intern entry mid senior staff manager director vp c_level; null: not said
}
PLACE: Schema = {
    "place_id": pl.String,  # the finest that is sure: "us/ny/new-york", "us/ny", "us"; null: none
    "place_level": pl.String,  # city region country
    "city": pl.String,
    "region": pl.String,
    "country": pl.String,  # ISO 3166-1 alpha-2
    "metro": pl.String,  # CBSA code in the US; null elsewhere
}
EMPLOYER: Schema = {
    "employer": pl.String,  # as shown
    "employer_key": pl.String,  # equal for the same employer; null: not known
    "industry": pl.String,  # NAICS sector, such as "51", "31-33"
    "industry_origin": pl.String,  # field employer
    "company_size": pl.String,  # 1-49 50-249 250-999 1000-9999 10000+
}

# One row per source, capture day and posting.
POSTINGS: Schema = (
    {
        "source": pl.String,
        "captured_on": pl.Date,
        "posting_id": pl.Int64,
        "source_posting_id": pl.String,
        "ats_id": pl.String,
        "requisition_id": pl.String,
        "url": pl.String,
        "title": pl.String,
        "posted_on": pl.Date,
        "closes_on": pl.Date,
    }
    | OCCUPATION
    | PLACE
    | {"n_places": pl.Int32}
    | EMPLOYER
    | PAY
    | {
        "employment_type": pl.String,  # full_time part_time contract temporary internship apprenticeship
        "remote_mode": pl.String,  # remote hybrid on_site; null: not said
        "experience_min_years": pl.Float64,
        "experience_max_years": pl.Float64,
        "language": pl.String,  # ISO 639-1
        "text_length": pl.Int32,
        "record_hash": pl.Int64,
        "page_id": pl.String,
    }
)

# One row per source, capture day, posting and skill.
POSTING_SKILLS: Schema = {
    "source": pl.String,
    "captured_on": pl.Date,
    "posting_id": pl.Int64,
    "skill_id": pl.String,
    "requirement": pl.String,  # required preferred mentioned
}

# One row per source, capture day and posting: all that clustering needs, and nothing that shows the text.
FINGERPRINTS: Schema = {
    "source": pl.String,
    "captured_on": pl.Date,
    "posting_id": pl.Int64,
    "ats_id": pl.String,  # as the source says, else from the link
    "requisition_id": pl.String,  # capitals and digits alone: comparable across sources
    "posted_on": pl.Date,
    "employer_key": pl.String,
    "title_key": pl.String,  # title without noise, seniority kept
    "places": pl.List(pl.String),  # place ids; empty: not known
    "pay_annual_min": pl.Float64,
    "pay_annual_max": pl.Float64,
    "n_shingles": pl.Int32,  # distinct, counted no further than a sketch is long
    "sketch": pl.List(pl.UInt32),  # the smallest shingle hashes (bottom-k), ascending
}

# One row per source, capture day and observation.
SALARIES: Schema = (
    {
        "source": pl.String,
        "captured_on": pl.Date,
        "observation_id": pl.Int64,
        "title": pl.String,
        "basis": pl.String,
        "observed_on": pl.Date,
        "n_workers": pl.Int32,
        "experience_years": pl.Float64,
    }
    | OCCUPATION
    | PLACE
    | EMPLOYER
    | PAY
    | {"employment_type": pl.String, "remote_mode": pl.String, "record_hash": pl.Int64, "page_id": pl.String}
)

FRAMES: dict[str, Schema] = {
    "postings": POSTINGS,
    "posting_skills": POSTING_SKILLS,
    "fingerprints": FINGERPRINTS,
    "salaries": SALARIES,
}

SENIORITY = ("intern", "entry", "mid", "senior", "staff", "manager", "director", "vp", "c_level")
OCCUPATION_LEVELS = ("detailed", "broad", "minor", "major")
PLACE_LEVELS = ("city", "region", "country")
