"""What is true of a market: which postings are one opening, and what each opening is, pays and asks for.

Nothing here is read from texts: it is what the texts were written from.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import polars as pl

from ingestion.synthetic.feed import faults, posting_id, showings, told
from ingestion.synthetic.market import BOARDS, FORMS, SENIORITY, UNITS, Cohort, Market
from ingestion.synthetic.world import COUNTRIES, CURRENCIES, SECTORS, SIZES, read_table
from kit.identifiers import stable_id

POPULATION_STREAM = 9  # openings that no board shows: a second, larger draw from the same world


@dataclass(frozen=True)
class Truth:
    """See each frame's line. Sources are named `synthetic_a`, `synthetic_b`, `synthetic_c`."""

    postings: pl.DataFrame  # one row a posting: source, source_posting_id, posting_id, first_shown_on, opening_id
    openings: pl.DataFrame  # one row an opening that was shown: see `openings_frame`
    skills: pl.DataFrame  # one row an opening and skill it names: opening_id, skill_id, requirement
    counts: pl.DataFrame  # one row a source and day: landed, canonical, rejected, repeats


def truth(market: Market) -> Truth:
    """Everything that is true of what the three boards show within the market's window."""
    postings: dict[str, tuple[str, str, date, int]] = {}
    counts = []
    shown: dict[date, set[int]] = {}
    for day in market.days:
        for board in BOARDS:
            lines = list(showings(market, board, day))
            for born_on, row, lag in lines:
                shown.setdefault(born_on, set()).add(row)
                opening = told(market, born_on).born.rows[row].opening_id
                own_id = posting_id(board, opening, lag)
                postings.setdefault(own_id, (f"synthetic_{board}", own_id, day, opening))
            broken, twice = faults(market, board, day, len(lines))
            counts.append((f"synthetic_{board}", day, len(lines) + broken + len(twice), len(lines), broken, len(twice)))
    kept = {day: sorted(rows) for day, rows in sorted(shown.items())}
    return Truth(
        _postings_frame(postings.values()),
        pl.concat([openings_frame(told(market, day).born)[rows] for day, rows in kept.items()]),
        pl.concat([_skills_frame(market, day, rows) for day, rows in kept.items()]),
        pl.DataFrame(
            counts, schema=["source", "captured_on", "landed", "canonical", "rejected", "repeats"], orient="row"
        ),
    )


def population(market: Market, scale: float) -> pl.DataFrame:
    """`scale` times as many openings as the market has, drawn afresh from the same world and days.

    What the market's openings are a sample of: the percentiles of a cell in it are that cell's true ones. The
    frame is as `openings_frame` gives it.
    """
    return pl.concat([openings_frame(Cohort(market, day, POPULATION_STREAM, scale)) for day in market.days])


def openings_frame(born: Cohort) -> pl.DataFrame:
    """One row per opening of a cohort, with what is true of it, in the vocabulary of the canonical frames."""
    world, employers = born.world, born.world.employers
    return pl.DataFrame(
        {
            "opening_id": born.opening_id,
            "born_on": pl.Series([born.day], dtype=pl.Date).new_from_index(0, born.size),
            "occupation_code": _look_up(world.occupations["code"], born.occupation),
            "seniority": _look_up(pl.Series(SENIORITY, dtype=pl.String), born.seniority),
            "place_id": _look_up(world.places["place_id"], born.place),
            "metro": _look_up(world.places["metro"], born.place),
            "country": _look_up(pl.Series(COUNTRIES), born.country),
            "currency": _look_up(pl.Series(CURRENCIES), born.country),
            "employer": _look_up(pl.Series(employers.names), born.employer),
            "industry": _look_up(pl.Series([sector[0] for sector in SECTORS]), employers.sector[born.employer]),
            "company_size": _look_up(pl.Series(SIZES), employers.size[born.employer]),
            "experience_years": born.experience,
            "remote": born.remote,
            "pay_annual": born.pay_annual,  # what the opening pays a year, stated or not: the midpoint of its range
            "pay_min": born.pay_min,  # per pay_period
            "pay_max": born.pay_max,
            "pay_period": _look_up(pl.Series(UNITS), born.unit),
            "pay_form": _look_up(pl.Series(FORMS), born.form),  # as stated: none, range, single, up_to, from
            "template": born.template,  # bears the text of the opening before it, for another place
            "same_place": born.same_place,  # ... for the same place, under another requisition
        }
    )


def _look_up(values: pl.Series, index: np.ndarray) -> pl.Series:
    return values.gather(pl.Series(index, dtype=pl.UInt32))


def _postings_frame(postings: Iterable[tuple[str, str, date, int]]) -> pl.DataFrame:
    frame = pl.DataFrame(
        list(postings), schema=["source", "source_posting_id", "first_shown_on", "opening_id"], orient="row"
    )
    ids = [stable_id(source, own_id) for source, own_id in frame.select("source", "source_posting_id").iter_rows()]
    return frame.with_columns(posting_id=pl.Series(ids, dtype=pl.Int64)).sort("posting_id")


def _skills_frame(market: Market, day: date, rows: list[int]) -> pl.DataFrame:
    """Skills that the text asks for, and those that stand in the title itself."""
    cohort_told, known = told(market, day), skill_ids()
    found: dict[tuple[int, str], str] = {}
    for index in rows:
        row = cohort_told.born.rows[index]
        for name, _ in cohort_told.born.world.skills[row.occupation]:
            if _whole_word(name).search(cohort_told.titles[index]):
                found[row.opening_id, known[name]] = "mentioned"
        for name, need in cohort_told.choices.skills[index]:
            found[row.opening_id, known[name]] = "required" if need else "preferred"
    return pl.DataFrame(
        [(opening, skill, requirement) for (opening, skill), requirement in found.items()],
        schema={"opening_id": pl.Int64, "skill_id": pl.String, "requirement": pl.String},
        orient="row",
    )


@cache
def _whole_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.I)


def skill_ids() -> dict[str, str]:
    """Skill as the market's texts write it -> id in the skills reference."""
    return dict(read_table("skills").iter_rows())
