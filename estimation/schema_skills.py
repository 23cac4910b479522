"""The frames of skills, moves and employers: what `estimation` reads of openings and gives to the marts."""

import polars as pl

from kit.frames import Schema

# Openings that say what they ask for (fct_described_openings).
DESCRIBED_OPENINGS: Schema = {
    "opening_id": pl.Int64,
    "representative_posting_id": pl.Int64,
    "representative_source": pl.String,
    "first_captured_on": pl.Date,
    "last_captured_on": pl.Date,
    "opened_on": pl.Date,
    "country": pl.String,
    "region_id": pl.String,
    "occupation_code": pl.String,  # the finest that is sure
    "occupation_detailed": pl.String,
    "occupation_major": pl.String,
    "seniority": pl.String,
    "employer_or_source": pl.String,  # its key; "?<source>" where it is not known
    "pay_annual": pl.Float64,  # local currency; null: no usable pay
}
# What a posting names (fct_posting_skills).
OPENING_SKILLS: Schema = {"posting_id": pl.Int64, "skill_id": pl.String}

# One row per country, occupation and skill, over the trailing window.
SKILL_PREMIUMS: Schema = {
    "country": pl.String,
    "occupation_level": pl.String,  # detailed major all
    "occupation_code": pl.String,
    "skill_id": pl.String,
    "n_openings": pl.Int64,  # openings of the occupation that say what they ask for
    "n_openings_asking": pl.Int64,
    "n_employers": pl.Int64,  # that ask for it; a source's unknown ones count as one
    "n_half": pl.Int64,  # openings of the later half of the window, in sources watched through both halves
    "n_half_asking": pl.Int64,
    "n_half_before": pl.Int64,
    "n_half_before_asking": pl.Int64,
    "growth": pl.Float64,  # of the share: later half over earlier half, less 1
    "growth_low": pl.Float64,
    "growth_high": pl.Float64,
    "growth_reason": pl.String,  # short_window too_few
    "n_paid_asking": pl.Int64,  # paid openings that ask, where others of the same stratum do not
    "n_paid_others": pl.Int64,  # those others
    "n_paid_employers": pl.Int64,  # of n_paid_asking
    "premium": pl.Float64,
    "premium_low": pl.Float64,
    "premium_high": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "verdict": pl.String,  # pays_more pays_less no_evidence too_few
    "window_from": pl.Date,
    "window_to": pl.Date,
}
