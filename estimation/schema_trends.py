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
