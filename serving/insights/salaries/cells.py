"""Which cell of the pay marts a question asks for, and which broader ones have figures when it has none."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import polars as pl

from kit.lookup import Row
from normalisation.industries import SECTORS, industry
from serving.insights.envelope import BASES
from serving.insights.salaries.schemas import SalaryQuestion
from serving.reader import Reader
from serving.resolving import Occupation, Place

Dimension = Literal["all", "seniority", "experience", "company_size", "industry"]
BANDS = (("0-1", 0, 2), ("2-4", 2, 5), ("5-9", 5, 10), ("10+", 10, None))  # years: from, below
RANKS = ("intern", "entry", "senior", "staff")  # of a title; manager and above are occupations of their own
ALL = "all"
MOST_ALTERNATIVES = 4


@dataclass(frozen=True)
class Cell:
    """One cell; `basis` None stands for the first that has figures of its own, else the first that has pooled ones."""

    occupation_level: str
    occupation_code: str
    place_level: str
    place_id: str
    period: str
    basis: str | None
    dimension: Dimension = "all"
    value: str = ALL

    def whole(self) -> "Cell":
        """The cell without its split."""
        return replace(self, dimension="all", value=ALL)

    def row(self, reader: Reader) -> Row | None:
        """The cell's row: of the first basis that has figures of its own, else pooled ones, else has the cell."""
        found = [self._row(reader, basis) for basis in ((self.basis,) if self.basis else BASES)]
        rows = [row for row in found if row is not None]
        return min(rows, key=lambda row: (row["reason"] is not None, row["level"] != "asked"), default=None)

    def _row(self, reader: Reader, basis: str) -> Row | None:
        table, keys = replace(self, basis=basis).address(reader)
        return reader.row(table, dict(zip(reader.keys(table), keys, strict=True)))

    def address(self, reader: Reader) -> tuple[str, list[str]]:
        """The table that has the cell, and the row's keys in the order of that release; empty where it lacks it."""
        keys = {
            "period": self.period,
            "basis": self.basis or "",
            "occupation_level": self.occupation_level,
            "occupation_code": self.occupation_code,
            "place_level": self.place_level,
            "place_id": self.place_id,
            "experience_band": self.value,
            "dimension": self.dimension,
            "dimension_value": self.value,
        }
        table = "mart_pay_by_experience" if self.dimension == "experience" else "mart_pay_bands"
        return table, [keys[name] for name in reader.keys(table)]


@dataclass(frozen=True)
class Filter:
    """The one split that is applied, where it was read, and what was not applied and why."""

    dimension: Dimension
    value: str
    read_from: str | None
    not_applied: tuple[str, ...] = ()
    several: bool = False  # two were asked for: no cell has both
    unknown: str | None = None  # the parameter that could not be understood


def filter_of(question: SalaryQuestion, occupation: Occupation) -> Filter:
    """The split that the question asks for: by a parameter, or by a rank in the title."""
    asked: list[tuple[Dimension, str, str]] = []
    unknown = None
    if question.experience_years is not None:
        asked.append(("experience", band_of(question.experience_years), "experience_years"))
    if question.company_size is not None:
        asked.append(("company_size", question.company_size, "company_size"))
    if question.industry is not None:
        sector = sector_of(question.industry)
        unknown = "industry" if sector is None else None
        asked.append(("industry", sector or question.industry, "industry"))
    rank = occupation.seniority if occupation.seniority in RANKS else None
    if not asked:
        return Filter("seniority", rank, "job_title") if rank else Filter("all", ALL, None)
    ignored = f"seniority {rank} of the title: no cell is split by it and by {asked[0][2]} at once" if rank else None
    dimension, value, name = asked[0]
    return Filter(dimension, value, name, (ignored,) if ignored else (), len(asked) > 1, unknown)


def band_of(years: float) -> str:
    """The band of the pay marts for so many years of experience."""
    return next(name for name, _from, below in BANDS if below is None or years < below)


@lru_cache(1024)
def sector_of(text: str) -> str | None:
    """The NAICS sector of a code, a sector's name, or a word that sources use for it; None when it is none."""
    if text in SECTORS:
        return text
    for code, name in SECTORS.items():
        if text.casefold() == name.casefold():
            return code
    field, nothing = pl.lit(text), pl.lit(None, dtype=pl.String)
    found: Any = pl.select(industry(field, nothing, nothing).struct.field("industry")).item()
    return str(found) if found else None


def ladder(cell: Cell, occupation: Occupation, place: Place) -> Iterator[tuple[str, Cell]]:
    """Broader cells, nearest first: without the split, then wider places, then wider occupations, then both."""
    whole = cell.whole()
    if cell.dimension != "all":
        yield "without the filter", whole
    for level, place_id in place.parents:
        yield "a wider place", replace(whole, place_level=level, place_id=place_id)
    for level, code in occupation.parents():
        yield "a wider occupation", replace(whole, occupation_level=level, occupation_code=code)
        for place_level, place_id in place.parents:
            wider = replace(whole, place_level=place_level, place_id=place_id)
            yield "a wider occupation and place", replace(wider, occupation_level=level, occupation_code=code)


def alternatives(
    reader: Reader, cell: Cell, occupation: Occupation, place: Place, unsplit: bool
) -> list[dict[str, Any]]:
    """The nearest broader cells that have figures of their own, as the parameters that ask for them.

    `unsplit`: the cell is not what was asked for but the nearest to it, so that it is an alternative itself.
    """
    found: list[dict[str, Any]] = []
    candidates = ladder(cell, occupation, place)
    nearest = "a wider place" if place.id is None else "one filter alone"
    for what, candidate in [(nearest, cell), *candidates] if unsplit else candidates:
        row = candidate.row(reader)
        if row is None or row["level"] != "asked":
            continue
        found.append(
            {
                "what": what,
                "occupation": {
                    "code": row["occupation_code"],
                    "level": row["occupation_level"],
                    "title": row["occupation_title"],
                    "probability": None,
                    "method": None,
                },
                "place": {"id": row["place_id"], "level": row["place_level"], "name": row["place_name"]},
                "n_observations": row["n_observations"],
                "parameters": {"job_title": row["occupation_code"], "location": row["place_id"], "period": cell.period},
            }
        )
        if len(found) == MOST_ALTERNATIVES:
            break
    return found
