"""What openings that name a skill pay beside comparable ones that do not.

Comparable is the same stratum: country, detailed occupation, region and seniority. Logarithms of pay
are taken less their stratum's mean, and so is the naming of each skill; the slope between both is the premium, one
skill at a time. Its variance is summed over employers (one firm's openings are no independent observations), with each
stratum's residuals widened by the degree of freedom that its mean took. All skills, occupations and countries at once,
as products of sparse matrices; sums are in the order of the openings' ids, the same whatever order they come in.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from estimation.careers.asked import Asked, coded, entries, indicator
from estimation.quantiles import Floats, Ints

MIN_PAID = 20  # paid openings that ask, and as many that do not
MIN_EMPLOYERS = 5  # that ask; also the least effective number of them
LEVEL = 0.95
Q_VALUE = 0.04  # for a false-discovery rate of 0.05: p-values from sums over employers are approximations
Sparse = Any


@dataclass(frozen=True)
class PaidStrata:
    """What each employer's paid openings of a stratum (a pair) add to the slope of each skill: pairs x skills."""

    first: Ints  # an opening's place in the Asked, for each pair
    employers: pl.Series  # of the pairs
    size: Floats  # openings of each pair
    widened: Floats  # what its residuals are multiplied by for the variance
    score: Sparse  # sum of (named less the stratum's share) x (log pay less the stratum's mean)
    leverage: Sparse  # sum of squares of the first factor
    asking: Sparse  # paid openings that ask, where others of the stratum do not
    varied: Sparse  # 1 where the stratum has both kinds


@dataclass(frozen=True)
class Slopes:
    """One entry for each cell and skill with an opening that asks."""

    cell: Ints
    skill: Ints
    n_asking: Floats
    n_others: Floats
    n_employers: Floats
    log_premium: Floats  # nan where too few
    error: Floats
    freedom: Floats

    def where(self, kept: npt.NDArray[np.bool_]) -> "Slopes":
        """Some entries alone."""
        return Slopes(*(getattr(self, field.name)[kept] for field in fields(self)))


def paid_strata(asked: Asked) -> PaidStrata:
    """Take each stratum's mean out of pay and of the naming of every skill."""
    rows, stratum, log_pay = _paid(asked.openings)
    names = asked.names[rows]
    n_strata = int(stratum.max(initial=-1)) + 1
    sizes = np.bincount(stratum, minlength=n_strata).astype(float)
    residual = log_pay - (np.bincount(stratum, log_pay, n_strata) / sizes)[stratum]
    share = _scaled(1 / sizes, indicator(stratum, n_strata) @ names)
    pair, pairs = coded([asked.openings["employer_or_source"].gather(rows), pl.Series(stratum)])
    of_pair = indicator(pair, pairs.height)
    first = np.full(pairs.height, len(asked.openings))
    np.minimum.at(first, pair, rows)
    at = pairs["key1"].to_numpy()
    share, size = share.tocsr()[at], np.asarray(of_pair.sum(axis=1)).ravel()
    named = of_pair @ names
    varied = share.copy()
    varied.data = (share.data < 1).astype(float)
    return PaidStrata(
        first=first,
        employers=pairs["key0"],
        size=size,
        widened=np.sqrt(sizes / (sizes - 1))[at],
        score=(of_pair @ _scaled(residual, names) - _scaled(of_pair @ residual, share)).tocsr(),
        leverage=(named - 2 * named.multiply(share) + _scaled(size, share.multiply(share))).tocsr(),
        asking=named.multiply(varied).tocsr(),
        varied=varied,
    )


def _paid(openings: pl.DataFrame) -> tuple[Ints, Ints, Floats]:
    """Places of the paid openings of strata with two or more, their strata and the logarithms of their pay."""
    place = pl.coalesce(pl.col("region_id"), pl.col("country").str.to_lowercase())
    paid = (
        openings.with_row_index("row")
        .filter(pl.col("pay_annual").is_finite() & (pl.col("pay_annual") > 0))
        # In a stratum of openings that are known only by their group, skills and pay of its occupations would mix.
        .filter(pl.col("occupation_detailed").is_not_null())
        .with_columns(pl.col("seniority").fill_null("?"), place.alias("place"))
    )
    keys = ["country", "occupation_detailed", "place", "seniority"]
    paid = paid.filter(pl.len().over(keys) > 1) if paid.height else paid
    stratum, _ = coded([paid[key] for key in keys])
    return paid["row"].to_numpy().astype(np.int64), stratum, np.log(paid["pay_annual"].to_numpy())


def slopes(paid: PaidStrata, cell_of: Ints, n_cells: int) -> Slopes:
    """The slope of every skill in every cell; `cell_of` gives each opening's cell, -1 for none."""
    cell = cell_of[paid.first]
    of_cell = indicator(cell, n_cells)
    firm, firms = coded([paid.employers, pl.Series(cell)])
    of_firm = indicator(np.where(cell >= 0, firm, -1), firms.height)
    firm_cell = indicator(firms["key1"].to_numpy(), n_cells)
    asking = (of_cell @ paid.asking).tocoo()
    cells, skills = asking.row.astype(np.int64), asking.col.astype(np.int64)

    def at(matrix: Sparse) -> Floats:
        return entries(matrix, cells, skills)

    n_employers = at(firm_cell @ _ones(of_firm @ paid.asking))
    n_others = at(of_cell @ _scaled(paid.size, paid.varied)) - asking.data
    score, leverage = at(of_cell @ paid.score), at(of_cell @ paid.leverage)
    slope = np.divide(score, leverage, out=np.full(len(score), np.nan), where=leverage > 1e-9)
    of_firm = _scaled(paid.widened, of_firm.T).T.tocsr()
    own_score, own_leverage = _left_out(
        of_firm @ paid.score, of_firm @ paid.leverage, firms["key1"].to_numpy(), n_cells
    )
    squares = at(firm_cell @ own_leverage.multiply(own_leverage))
    products = at(firm_cell @ own_score.multiply(own_leverage))
    scatter = at(firm_cell @ own_score.multiply(own_score)) - 2 * slope * products + slope**2 * squares
    # Kish's number of employers: a firm that gives half of the leverage counts for little beside it.
    effective = np.divide(at(firm_cell @ own_leverage) ** 2, squares, out=np.ones(len(squares)), where=squares > 0)
    enough = (asking.data >= MIN_PAID) & (n_others >= MIN_PAID) & (n_employers >= MIN_EMPLOYERS)
    enough &= (effective >= MIN_EMPLOYERS) & np.isfinite(slope)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(np.maximum(scatter, 0)) / leverage
    enough &= np.isfinite(error) & (error > 1e-12)
    blank = np.where(enough, 0.0, np.nan)
    return Slopes(cells, skills, asking.data, n_others, n_employers, slope + blank, error + blank, effective - 1)


def _left_out(score: Sparse, leverage: Sparse, cell: Ints, n_cells: int) -> tuple[Sparse, Sparse]:
    """Each firm's sums, widened to what they would be beside a slope fitted without the firm (the jackknife, CR3).

    Without it intervals are too narrow where a few firms hold much of the leverage.
    """
    inverse = (indicator(cell, n_cells) @ leverage).tocsr()
    inverse.data = np.divide(1.0, inverse.data, out=np.zeros(len(inverse.data)), where=inverse.data > 1e-9)
    part = leverage.multiply(inverse[cell]).tocsr() if len(cell) else leverage
    part.data = np.minimum(part.data, 0.99)
    part.data = part.data / (1 - part.data)
    return (score + score.multiply(part)).tocsr(), (leverage + leverage.multiply(part)).tocsr()


def judged(found: Slopes, family: Ints) -> pl.DataFrame:
    """Premium, interval, p, q and verdict of each entry; false discoveries are controlled within each family."""
    from scipy.stats import false_discovery_control
    from scipy.stats import t as student

    known = np.isfinite(found.log_premium)
    p = np.full(len(known), np.nan)
    p[known] = 2 * student.sf(np.abs(found.log_premium[known] / found.error[known]), found.freedom[known])
    q = np.full(len(known), np.nan)
    for each in np.unique(family[known]):
        members = np.flatnonzero(known & (family == each))
        q[members] = false_discovery_control(p[members])
    half = student.ppf(0.5 + LEVEL / 2, np.maximum(found.freedom, 1)) * found.error
    verdict = np.where(q <= Q_VALUE, np.where(found.log_premium > 0, "pays_more", "pays_less"), "no_evidence")
    figures = {
        "premium": np.expm1(found.log_premium),
        "premium_low": np.expm1(found.log_premium - half),
        "premium_high": np.expm1(found.log_premium + half),
        "p_value": p,
        "q_value": q,
    }
    columns = {name: pl.Series(values, nan_to_null=True) for name, values in figures.items()}
    return pl.DataFrame(columns | {"verdict": pl.Series(np.where(known, verdict, "too_few").tolist(), dtype=pl.String)})


def _ones(matrix: Sparse) -> Sparse:
    """1 where the matrix is above 0."""
    matrix = matrix.tocsr()
    matrix.data = (matrix.data > 0).astype(float)
    return matrix


def _scaled(factors: Floats, matrix: Sparse) -> Sparse:
    """The rows of a matrix, each times its factor."""
    from scipy.sparse import diags_array

    return diags_array(factors) @ matrix
