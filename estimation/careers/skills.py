"""Skills by country and occupation: how many openings ask for them, how that changed, and what they pay."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from estimation.careers.asked import LEVELS, Asked, asked, cell_codes, coded, entries, indicator
from estimation.careers.premiums import PaidStrata, judged, paid_strata, slopes
from estimation.flows import spans
from estimation.quantiles import Floats, Ints
from estimation.schema_skills import SKILL_PREMIUMS

MIN_ASKING = 10  # openings; a skill that fewer of a cell ask for has no row
MIN_GROWTH = 10  # openings that ask, in either half
MIN_EMPLOYERS = 3
HALF_DAYS = 182
Z = 1.959963984540054
KEYS = ("country", "occupation_level", "occupation_code", "skill_id")


def skill_premiums(openings: pl.DataFrame, skills: pl.DataFrame, countries: pl.DataFrame) -> pl.DataFrame:
    """SKILL_PREMIUMS of the trailing window, in order of its keys.

    Takes DESCRIBED_OPENINGS, OPENING_SKILLS and COUNTRIES. The order of their rows changes nothing.
    """
    found = asked(openings, skills, countries)
    paid, half = paid_strata(found), spans(found.openings, openings, HALF_DAYS)
    parts = [_level(found, paid, half, level) for level in LEVELS]
    return pl.concat(parts).select(SKILL_PREMIUMS.keys()).cast(dict(SKILL_PREMIUMS)).sort(KEYS)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Cells:
    """The cells of a level, and the (cell, skill) pairs that have a row."""

    of: Ints  # each opening's cell, -1 for none
    keys: pl.DataFrame  # key0: country, key1: code
    cell: Ints
    skill: Ints

    def at(self, matrix: Any) -> Floats:
        return entries(matrix, self.cell, self.skill)


def _level(found: Asked, paid: PaidStrata, half: Ints, level: str) -> pl.DataFrame:
    of, keys = coded([found.openings["country"], cell_codes(found.openings, level)])
    asking = (indicator(of, keys.height) @ found.names).tocoo()
    kept = asking.data >= MIN_ASKING
    cells = _Cells(of, keys, asking.row[kept].astype(np.int64), asking.col[kept].astype(np.int64))
    sizes = np.bincount(of[of >= 0], minlength=keys.height)
    firm, firms = coded([found.openings["employer_or_source"], pl.Series(of)])
    firm_cell = indicator(firms["key1"].to_numpy(), keys.height)
    named = indicator(np.where(of >= 0, firm, -1), firms.height) @ found.names
    named.data = np.ones(len(named.data))
    windows = found.openings.group_by("country").agg(pl.col("window_from", "window_to").first())
    frame = pl.DataFrame(
        {
            "country": keys["key0"].gather(cells.cell),
            "occupation_code": keys["key1"].gather(cells.cell),
            "skill_id": found.skills.gather(cells.skill),
            "n_openings": sizes[cells.cell],
            "n_openings_asking": asking.data[kept],
            "n_employers": cells.at(firm_cell @ named),
        }
        | _growth(found, cells, half)
    ).with_columns(
        pl.lit(level).alias("occupation_level"), pl.Series("cell", cells.cell), pl.Series("skill", cells.skill)
    )
    return (
        frame.join(_premiums(paid, cells), on=["cell", "skill"], how="left")
        .join(windows, on="country")
        .with_columns(
            pl.col("verdict").fill_null("too_few"),
            pl.col("n_paid_asking", "n_paid_others", "n_paid_employers").fill_null(0),
        )
    )


def _premiums(paid: PaidStrata, cells: _Cells) -> pl.DataFrame:
    """Of every pair with a paid opening that asks; a country's occupations of one level are one family of tests."""
    slope = slopes(paid, cells.of, cells.keys.height)
    family, _ = coded([cells.keys["key0"]])
    counts = {"n_paid_asking": slope.n_asking, "n_paid_others": slope.n_others, "n_paid_employers": slope.n_employers}
    own = pl.DataFrame({"cell": slope.cell, "skill": slope.skill} | counts)
    # Only what has a row is tested.
    tested = pl.DataFrame({"cell": cells.cell, "skill": cells.skill}).with_columns(has_row=pl.lit(True))
    has_row = (
        own.join(tested, on=["cell", "skill"], how="left", maintain_order="left")["has_row"].fill_null(False).to_numpy()
    )
    judgement = judged(slope.where(has_row), family[slope.cell[has_row]] if len(family) else family)
    return pl.concat([own.filter(has_row), judgement], how="horizontal")


def _growth(found: Asked, cells: _Cells, half: Ints) -> dict[str, Any]:
    """The share of the later half over that of the earlier, with an interval that knows employers.

    ln(x1 / n1) - ln(x0 / n0) is a sum over employers of e's part in each of the four counts; the variance is the sum
    of the squares of these.
    """
    n_cells = cells.keys.height
    firm, firms = coded([found.openings["employer_or_source"], pl.Series(cells.of)])
    firm_cell = indicator(firms["key1"].to_numpy(), n_cells)
    counts = {}
    for at in (1, 0):
        own = indicator(np.where((half == at) & (cells.of >= 0), firm, -1), firms.height)
        counts[at] = (own @ found.names, np.asarray(own.sum(axis=1)).ravel())
    x1, x0 = (cells.at(firm_cell @ counts[at][0]) for at in (1, 0))
    n1, n0 = ((firm_cell @ counts[at][1])[cells.cell] for at in (1, 0))
    own_cell = firms["key1"].to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = (
            counts[1][1] / (firm_cell @ counts[1][1])[own_cell] - counts[0][1] / (firm_cell @ counts[0][1])[own_cell]
        )
        drift = np.nan_to_num(drift)
        variance = _scatter(cells, firm_cell, counts[1][0], counts[0][0], x1, x0, drift)
        change = np.log(x1 / n1) - np.log(x0 / n0)
    employers = cells.at(firm_cell @ _present(counts[1][0] + counts[0][0]))
    few = (x1 < MIN_GROWTH) | (x0 < MIN_GROWTH) | (employers < MIN_EMPLOYERS)
    reason = np.where((n1 == 0) | (n0 == 0), "short_window", np.where(few, "too_few", None))  # type: ignore[call-overload]
    width = np.where(reason == None, Z * np.sqrt(np.maximum(variance, 0)), np.nan)  # noqa: E711 (element by element)
    figures = {"growth": 0.0 * width, "growth_low": -width, "growth_high": width}
    columns = {name: pl.Series(np.expm1(change + by), nan_to_null=True) for name, by in figures.items()}
    told = {"n_half": n1, "n_half_asking": x1, "n_half_before": n0, "n_half_before_asking": x0}
    return told | columns | {"growth_reason": pl.Series(reason.tolist(), dtype=pl.String)}


def _scatter(cells: _Cells, firm_cell: Any, now: Any, before: Any, x1: Floats, x0: Floats, drift: Floats) -> Floats:
    """Sum over a cell's employers of (now / x1 - before / x0 - drift)^2, expanded into sums of products."""

    def summed(one: Any, other: Any) -> Floats:
        return cells.at(firm_cell @ one.multiply(other))

    own = summed(now, now) / x1**2 + summed(before, before) / x0**2 - 2 * summed(now, before) / (x1 * x0)
    across = (
        cells.at(firm_cell @ now.multiply(drift[:, None])) / x1
        - cells.at(firm_cell @ before.multiply(drift[:, None])) / x0
    )
    return np.asarray(own - 2 * across + (firm_cell @ drift**2)[cells.cell])


def _present(matrix: Any) -> Any:
    matrix = matrix.tocsr()
    matrix.data = np.ones(len(matrix.data))
    return matrix
