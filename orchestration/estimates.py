"""Runs `estimation` over the warehouse's facts and keeps its frames where dbt reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from estimation.careers.gaps import skill_gaps
from estimation.careers.moves import career_moves
from estimation.careers.skills import skill_premiums
from estimation.companies import company_growth, company_standings
from estimation.demand.duration import company_durations, followed_openings, vacancy_duration
from estimation.demand.emerging import emerging
from estimation.demand.forecasts import demand_forecasts
from estimation.demand.index import posting_index
from estimation.demand.pay_growth import pay_growth
from estimation.disclosure.confidential import with_confidential
from estimation.disclosure.contributions import take_up
from estimation.pay.cells import pay_cells
from estimation.pay.trends import pay_trends
from estimation.schema import COUNTRIES, PAY_CELLS, PAY_OBSERVATIONS, PAY_TRENDS, RELATED_OCCUPATIONS
from estimation.schema_skills import (
    CAREER_MOVES,
    COMPANY_GROWTH,
    COMPANY_STANDINGS,
    DESCRIBED_OPENINGS,
    MARKET_OPENINGS,
    OCCUPATION_SKILLS,
    OPENING_SKILLS,
    SKILL_GAPS,
    SKILL_PREMIUMS,
)
from estimation.schema_trends import (
    CAPTURES,
    COMPANY_DURATIONS,
    DEMAND_FORECASTS,
    DESCRIBED,
    EMERGING,
    FLOW,
    MATCHED_PAY,
    PAY_GROWTH,
    POSTING_INDEX,
    SPELLS,
    VACANCY_DURATION,
)
from kit.frames import Schema, write_frame
from kit.store import Store
from orchestration import taken_up
from orchestration.warehouse import warehouse_of


@dataclass(frozen=True)
class Estimate:
    """One asset between core and the api marts.

    `reads` maps an argument of `compute` to the fact or dimension and the columns that it gets; `compute` gives a frame
    for each of `tables`, whatever the order of the rows that it got. Where `remembers` is set it also gets `earlier`,
    and gives `taken_up`, which is the `earlier` of the next release (`orchestration.taken_up`).
    """

    description: str
    reads: Mapping[str, tuple[str, Schema]]
    tables: Mapping[str, Schema]
    compute: Callable[..., Mapping[str, pl.DataFrame]]
    remembers: bool = False


def _pay(
    observations: pl.DataFrame, confidential: pl.DataFrame, countries: pl.DataFrame, earlier: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    inside = take_up(confidential, countries, earlier)
    cells = with_confidential(pay_cells(observations, countries), observations, confidential, countries, inside)
    return {"pay_cells": cells, "pay_trends": pay_trends(observations, countries), "taken_up": inside}


def _skills(
    openings: pl.DataFrame,
    skills: pl.DataFrame,
    related: pl.DataFrame,
    expected: pl.DataFrame,
    countries: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    premiums = skill_premiums(openings, skills, countries)
    gaps = skill_gaps(premiums, openings, skills, related, expected, countries)
    return {"skill_premiums": premiums, "skill_gaps": gaps}


def _companies(
    openings: pl.DataFrame, described: pl.DataFrame, skills: pl.DataFrame, countries: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    return {
        "company_standings": company_standings(openings, described, skills, countries),
        "company_growth": company_growth(openings, countries),
    }


def _demand(openings: pl.DataFrame, captures: pl.DataFrame) -> dict[str, pl.DataFrame]:
    index = posting_index(openings, captures)
    return {"posting_index": index, "demand_forecasts": demand_forecasts(index)}


def _vacancies(spells: pl.DataFrame, captures: pl.DataFrame) -> dict[str, pl.DataFrame]:
    openings = followed_openings(spells, captures)
    return {"vacancy_duration": vacancy_duration(openings), "company_durations": company_durations(openings)}


def _alone(table: str, compute: Callable[..., pl.DataFrame]) -> Callable[..., dict[str, pl.DataFrame]]:
    """What computes the only table of an estimate."""
    return lambda **facts: {table: compute(**facts)}


ESTIMATES: dict[str, Estimate] = {
    "pay": Estimate(
        description="Weighted type-8 quantiles with their intervals, by both rules, for every cell of pay.",
        reads={
            "observations": ("fct_pay_observations", PAY_OBSERVATIONS),
            "confidential": ("fct_confidential_pay", PAY_OBSERVATIONS),
            "countries": ("dim_countries", COUNTRIES),
        },
        tables={"pay_cells": PAY_CELLS, "pay_trends": PAY_TRENDS},
        compute=_pay,
        remembers=True,
    ),
    "skills": Estimate(
        description="How many openings ask for a skill, how that changed, what they pay, and the supply beside it.",
        reads={
            "openings": ("fct_described_openings", DESCRIBED_OPENINGS),
            "skills": ("fct_posting_skills", OPENING_SKILLS),
            "related": ("dim_related_occupations", RELATED_OCCUPATIONS),
            "expected": ("dim_occupation_skills", OCCUPATION_SKILLS),
            "countries": ("dim_countries", COUNTRIES),
        },
        tables={"skill_premiums": SKILL_PREMIUMS, "skill_gaps": SKILL_GAPS},
        compute=_skills,
    ),
    "moves": Estimate(
        description="Related occupations and next levels, with skills, pay and demand on both sides.",
        reads={
            "openings": ("fct_openings", MARKET_OPENINGS),
            "described": ("fct_described_openings", DESCRIBED_OPENINGS),
            "skills": ("fct_posting_skills", OPENING_SKILLS),
            "related": ("dim_related_occupations", RELATED_OCCUPATIONS),
            "countries": ("dim_countries", COUNTRIES),
        },
        tables={"career_moves": CAREER_MOVES},
        compute=_alone("career_moves", career_moves),
    ),
    "companies": Estimate(
        description="What an employer pays beside others for its own mix, what it hires for, and who hires more.",
        reads={
            "openings": ("fct_openings", MARKET_OPENINGS),
            "described": ("fct_described_openings", DESCRIBED_OPENINGS),
            "skills": ("fct_posting_skills", OPENING_SKILLS),
            "countries": ("dim_countries", COUNTRIES),
        },
        tables={"company_standings": COMPANY_STANDINGS, "company_growth": COMPANY_GROWTH},
        compute=_companies,
    ),
    "demand": Estimate(
        description="Weekly indices of openings, raw and panel-stable, and forecasts with calibrated intervals.",
        reads={"openings": ("fct_openings", FLOW), "captures": ("fct_source_captures", CAPTURES)},
        tables={"posting_index": POSTING_INDEX, "demand_forecasts": DEMAND_FORECASTS},
        compute=_demand,
    ),
    "pay_growth": Estimate(
        description="Growth of pay over a year within matched cells, which a change of mix does not move.",
        reads={"pay": ("fct_matched_pay", MATCHED_PAY), "countries": ("dim_countries", COUNTRIES)},
        tables={"pay_growth": PAY_GROWTH},
        compute=_alone("pay_growth", pay_growth),
    ),
    "emerging": Estimate(
        description="Roles and skills whose share of openings grows, false discoveries controlled.",
        reads={
            "openings": ("fct_described_openings", DESCRIBED),
            "skills": ("fct_posting_skills", OPENING_SKILLS),
            "captures": ("fct_source_captures", CAPTURES),
        },
        tables={"emerging": EMERGING},
        compute=_alone("emerging", emerging),
    ),
    "vacancies": Estimate(
        description="Days that vacancies stay open, by Kaplan-Meier with censoring; reposts and long-open ones.",
        reads={"spells": ("fct_opening_spells", SPELLS), "captures": ("fct_source_captures", CAPTURES)},
        tables={"vacancy_duration": VACANCY_DURATION, "company_durations": COMPANY_DURATIONS},
        compute=_vacancies,
    ),
}
TABLES: dict[str, Schema] = {name: schema for each in ESTIMATES.values() for name, schema in each.tables.items()}
MAKER = {table: name for name, each in ESTIMATES.items() for table in each.tables}  # of each table its estimate


def estimate(store: Store, name: str) -> dict[str, int]:
    """Write store.estimates/<table>.parquet for each table of one estimate; returns each one's rows."""
    chosen = ESTIMATES[name]
    facts = warehouse_of(store).read("core", chosen.reads)
    memory = {"earlier": taken_up.earlier(store)} if chosen.remembers else {}
    frames = chosen.compute(**facts, **memory)
    if chosen.remembers:
        taken_up.propose(store, frames["taken_up"])
    for table, schema in chosen.tables.items():
        write_frame(frames[table].select(schema.keys()), store.estimates / f"{table}.parquet")
    return {table: frames[table].height for table in chosen.tables}


def estimate_all(store: Store) -> dict[str, int]:
    """Every estimate, one after another; returns each table's rows."""
    return {table: rows for name in ESTIMATES for table, rows in estimate(store, name).items()}
