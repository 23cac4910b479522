"""The frames that the estimates of trends read and give."""

import polars as pl

from kit.frames import Schema

# What they read of fct_openings: one row per unique opening.
FLOW: Schema = {
    "opening_id": pl.Int64,
    "opened_on": pl.Date,
    "first_captured_on": pl.Date,
    "representative_source": pl.String,
    "employer_key": pl.String,  # null: not known
    "country": pl.String,
    "region_id": pl.String,
    "occupation_major": pl.String,
    "occupation_detailed": pl.String,
}

# What they read of fct_source_captures: one row per source and day on which it was captured.
CAPTURES: Schema = {"source": pl.String, "captured_on": pl.Date, "n_postings": pl.Int64}

MARKET: Schema = {
    "occupation_level": pl.String,  # all major detailed
    "occupation_code": pl.String,  # "all" where the level is all
    "place_level": pl.String,  # country region
    "place_id": pl.String,
    "country": pl.String,
}

# One row per week and market with a series.
POSTING_INDEX: Schema = (
    {"week": pl.Date}  # its Monday
    | MARKET
    | {
        "n_openings": pl.Int64,  # unique openings first posted that week, all sources
        "n_sources": pl.Int64,  # that were watched through the whole week
        "n_sources_started": pl.Int64,  # watched through this week and not through the one before: a coverage break
        "n_sources_stopped": pl.Int64,  # the reverse
        "index_nsa": pl.Float64,  # openings, 100 in the base weeks
        "index_nsa_reason": pl.String,  # no_base
        "index_sa": pl.Float64,
        "index_panel": pl.Float64,  # same sources, same employers, chained
        "index_panel_low": pl.Float64,
        "index_panel_high": pl.Float64,
        "index_panel_reason": pl.String,  # learning, thin_panel
        "index_panel_sa": pl.Float64,
        "index_sa_reason": pl.String,  # short_window, too_few, and whatever the series itself lacks
        "index_panel_sa_reason": pl.String,
        "panel_share": pl.Float64,  # of n_openings, those in the panel
        "n_panel_sources": pl.Int64,
        "base_from": pl.Date,
        "base_to": pl.Date,
        "interval_level": pl.Float64,
        "method": pl.String,
    }
)

# One row per market with a series and week ahead.
DEMAND_FORECASTS: Schema = MARKET | {
    "weeks_ahead": pl.Int64,  # 1 to 13
    "week": pl.Date,  # its Monday
    "n_weeks": pl.Int64,  # of history
    "n_openings": pl.Int64,  # in that history
    "forecast": pl.Float64,  # openings of that week, at the coverage of the last four weeks
    "forecast_low": pl.Float64,
    "forecast_high": pl.Float64,
    "interval_level": pl.Float64,
    "seasonal": pl.Boolean,  # whether the season of two full years is in it
    "reason": pl.String,  # short_window, too_few, no_panel, not_computed, too_wide
    "method": pl.String,
}

# What pay growth reads (fct_matched_pay): one row per opening or salary observation with usable base pay.
MATCHED_PAY: Schema = {
    "observation_id": pl.Int64,
    "basis": pl.String,
    "observed_on": pl.Date,
    "country": pl.String,
    "region_id": pl.String,
    "occupation_major": pl.String,
    "occupation_detailed": pl.String,
    "seniority": pl.String,
    "pay_period": pl.String,
    "employer_key": pl.String,
    "pay_annual": pl.Float64,
}

# One row per basis and market with pay in the recent window.
PAY_GROWTH: Schema = (
    {"basis": pl.String}
    | MARKET
    | {
        "n_observations": pl.Int64,  # in matched cells, recent window
        "n_observations_before": pl.Int64,
        "n_employers": pl.Int64,  # known ones, recent window
        "n_cells": pl.Int64,  # matched
        "matched_share": pl.Float64,  # of the recent window's observations
        "growth": pl.Float64,  # of pay in a year, matched cells: 0.03 is 3 %
        "growth_low": pl.Float64,
        "growth_high": pl.Float64,
        "raw_growth": pl.Float64,  # of the plain median: moves with the mix
        "direction": pl.String,
        "reason": pl.String,  # short_window, too_few
        "window_from": pl.Date,
        "window_to": pl.Date,
        "before_from": pl.Date,
        "before_to": pl.Date,
        "interval_level": pl.Float64,
        "method": pl.String,
    }
)

# What emerging skills and roles read of fct_described_openings.
DESCRIBED: Schema = {
    "opening_id": pl.Int64,
    "representative_posting_id": pl.Int64,
    "representative_source": pl.String,
    "opened_on": pl.Date,
    "country": pl.String,
    "region_id": pl.String,
    "occupation_major": pl.String,
    "occupation_detailed": pl.String,
    "employer_or_source": pl.String,
}

# One row per market, kind and thing that was tested.
EMERGING: Schema = MARKET | {
    "kind": pl.String,  # role skill
    "item_id": pl.String,  # a detailed occupation's code or a skill's id
    "comparison": pl.String,  # year quarter: how long before the earlier window is
    "n_openings": pl.Int64,  # of the market in the recent window
    "n_openings_with": pl.Int64,  # those that are or ask for it
    "n_openings_before": pl.Int64,
    "n_openings_with_before": pl.Int64,
    "n_employers": pl.Int64,  # of n_openings_with
    "share": pl.Float64,
    "share_before": pl.Float64,
    "growth": pl.Float64,  # of the share: 0.5 is half as much again
    "growth_low": pl.Float64,
    "growth_high": pl.Float64,
    "p_value": pl.Float64,  # of growth no more than the threshold
    "q_value": pl.Float64,  # Benjamini-Hochberg over all that was tested in the country and kind
    "threshold": pl.Float64,
    "is_emerging": pl.Boolean,
    "window_from": pl.Date,
    "window_to": pl.Date,
    "before_from": pl.Date,
    "before_to": pl.Date,
    "interval_level": pl.Float64,
    "method": pl.String,
}

# What survival reads (fct_opening_spells): one row per posting of an opening.
SPELLS: Schema = {
    "opening_id": pl.Int64,
    "posting_id": pl.Int64,
    "source": pl.String,
    "opened_on": pl.Date,
    "first_captured_on": pl.Date,
    "last_captured_on": pl.Date,
    "closes_on": pl.Date,
    "text_length": pl.Int64,
    "employer_key": pl.String,
    "company_size": pl.String,
    "country": pl.String,
    "region_id": pl.String,
    "occupation_major": pl.String,
    "occupation_detailed": pl.String,
}

# One row per market and company size ("all" too).
VACANCY_DURATION: Schema = MARKET | {
    "company_size": pl.String,
    "n_openings": pl.Int64,  # that could be followed
    "n_not_followed": pl.Int64,  # in sources that show what is new and not what is open, without a closing date
    "n_closed": pl.Int64,  # seen to close, or past a stated closing date
    "n_stated": pl.Int64,  # of n_closed, by a stated closing date
    "n_employers": pl.Int64,
    "days_p25": pl.Float64,
    "days_p25_low": pl.Float64,
    "days_p25_high": pl.Float64,
    "days_p50": pl.Float64,
    "days_p50_low": pl.Float64,
    "days_p50_high": pl.Float64,
    "days_p75": pl.Float64,
    "days_p75_low": pl.Float64,
    "days_p75_high": pl.Float64,
    "share_open_90": pl.Float64,  # still open after 90 days
    "share_open_180": pl.Float64,
    "reason": pl.String,  # not_followed, too_few
    "days_p25_reason": pl.String,  # reason's, or beyond_observed
    "days_p50_reason": pl.String,
    "days_p75_reason": pl.String,
    "share_open_90_reason": pl.String,
    "share_open_180_reason": pl.String,
    "n_all": pl.Int64,  # openings, followed or not
    "n_reposted": pl.Int64,  # shown again under another id by the same source
    "n_reposted_same_text": pl.Int64,  # of those with a text, every time of the same length
    "n_open": pl.Int64,  # open at their source's last capture
    "n_open_long": pl.Int64,  # of those, for more than 180 days
    "interval_level": pl.Float64,
    "method": pl.String,
}

# One row per employer and country: how long its openings stay open.
COMPANY_DURATIONS: Schema = {
    "employer_key": pl.String,
    "country": pl.String,
    "n_openings": pl.Int64,  # that could be followed
    "days_p50": pl.Float64,
    "days_p50_low": pl.Float64,
    "days_p50_high": pl.Float64,
    "days_p50_reason": pl.String,  # not_followed, too_few, beyond_observed
}
