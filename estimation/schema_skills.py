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

# What moves and employers are computed from (fct_openings).
MARKET_OPENINGS: Schema = {
    "opening_id": pl.Int64,
    "opened_on": pl.Date,
    "first_captured_on": pl.Date,
    "last_captured_on": pl.Date,
    "country": pl.String,
    "region_id": pl.String,
    "occupation_code": pl.String,
    "occupation_detailed": pl.String,
    "seniority": pl.String,
    "employer_key": pl.String,
    "representative_source": pl.String,
    "pay_annual": pl.Float64,
}

# One row per country and move: to another occupation, or to the next level of the same one.
CAREER_MOVES: Schema = {
    "country": pl.String,
    "from_code": pl.String,
    "from_seniority": pl.String,  # all, or the level that is left
    "to_code": pl.String,
    "to_seniority": pl.String,
    "move": pl.String,  # advancement lateral similar
    "place": pl.Int64,  # among the related occupations of the taxonomy; null within an occupation
    "closeness": pl.Float64,
    "n_openings_from": pl.Int64,
    "n_openings_to": pl.Int64,
    "skill_overlap": pl.Float64,
    "missing_skills": pl.String,  # ids in order of what they are missed for, joined by commas; "" for none
    "skill_reason": pl.String,  # same_occupation too_few
    "n_paid_from": pl.Int64,  # in strata where the other is paid too
    "n_paid_to": pl.Int64,
    "pay_change": pl.Float64,
    "pay_change_low": pl.Float64,
    "pay_change_high": pl.Float64,
    "pay_reason": pl.String,  # too_few
    "window_from": pl.Date,
    "window_to": pl.Date,
}

# One row per employer and country with an opening in the trailing window.
COMPANY_STANDINGS: Schema = {
    "employer_key": pl.String,
    "country": pl.String,
    "n_compared": pl.Int64,  # paid openings with enough of other employers beside them
    "n_strata": pl.Float64,  # effective number of strata that these lie in
    "pay_percentile": pl.Float64,  # 0 to 100: 50 is what others pay for the same mix
    "pay_percentile_low": pl.Float64,
    "pay_percentile_high": pl.Float64,
    "pay_percentile_reason": pl.String,  # no_data too_few
    "top_occupations": pl.String,  # codes by number of openings, joined by commas; "" for none
    "top_regions": pl.String,
    "top_skills": pl.String,
}

# One row per employer and country with enough openings in two spans to compare.
COMPANY_GROWTH: Schema = {
    "employer_key": pl.String,
    "country": pl.String,
    "n_recent": pl.Int64,
    "n_before": pl.Int64,
    "growth": pl.Float64,  # n_recent / n_before - 1
    "growth_low": pl.Float64,
    "growth_high": pl.Float64,
    "market_growth": pl.Float64,  # of the country's middle employer
    "p_value": pl.Float64,  # of growing no faster than the market, one-sided
    "q_value": pl.Float64,
    "is_hot": pl.Boolean,
    "window_from": pl.Date,
    "window_to": pl.Date,
    "before_from": pl.Date,
    "before_to": pl.Date,
}

# What the taxonomy expects of an occupation (dim_occupation_skills).
OCCUPATION_SKILLS: Schema = {"occupation_code": pl.String, "skill_id": pl.String}

# One row per country, occupation, skill and supply: everything that SKILL_PREMIUMS has a row of, beside each supply.
SKILL_GAPS: Schema = {
    "country": pl.String,
    "occupation_level": pl.String,
    "occupation_code": pl.String,
    "skill_id": pl.String,
    "supply": pl.String,  # earlier_demand related_occupations taxonomy
    "n_openings": pl.Int64,  # demand
    "n_openings_asking": pl.Int64,
    "n_supply": pl.Int64,  # openings whose occupations (or time) stand for the supply
    "n_supply_asking": pl.Int64,  # those that ask; for the taxonomy those in occupations that it expects the skill of
    "gap": pl.Float64,  # ln of the demand's share over the supply's
    "gap_low": pl.Float64,
    "gap_high": pl.Float64,
    "reason": pl.String,  # short_window too_few not_covered not_listed
}
