"""How pay differs between two groups of openings in the places and levels that both have.

The slope of log pay on being of the second group, each stratum's mean taken out of both; its variance is summed over
employers, as in estimation/careers/premiums.py. All pairs of groups at once.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from estimation.quantiles import Floats, Ints

MIN_PAID = 10  # of either group, in strata that both have
MIN_EMPLOYERS = 5  # effective number over both
LEVEL = 0.95


def pay_changes(paid: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """For each row of `pairs`, in order: n_paid_from, n_paid_to, pay_change with its interval, pay_reason.

    `paid` has one row an opening: opening_id, unit and stratum (whole numbers), employer, log_pay. `pairs` has
    from_unit and to_unit. pay_change is to over from, less 1; null with `too_few` below MIN_PAID or MIN_EMPLOYERS.
    """
    parts = _parts(paid, pairs)
    n = pairs.height
    pair, firm = parts["pair"].to_numpy(), parts["firm"].to_numpy()
    score, leverage, widened = (parts[name].to_numpy() for name in ("score", "leverage", "widened"))
    total = np.bincount(pair, leverage, n).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.bincount(pair, score, n) / total
        error, effective = _error(pair, firm, widened * (score - slope[pair] * leverage), widened * leverage, total, n)
    counts = {
        f"n_paid_{side}": np.bincount(pair, parts[side].to_numpy(), n).astype(np.int64) for side in ("from", "to")
    }
    enough = (np.minimum(counts["n_paid_from"], counts["n_paid_to"]) >= MIN_PAID) & (effective >= MIN_EMPLOYERS)
    enough &= np.isfinite(slope) & np.isfinite(error) & (error > 1e-12)
    return pl.DataFrame(counts | _interval(slope, error, effective, enough))


def _interval(slope: Floats, error: Floats, effective: Floats, enough: npt.NDArray[np.bool_]) -> dict[str, pl.Series]:
    from scipy.stats import t as student

    half = student.ppf(0.5 + LEVEL / 2, np.maximum(effective - 1, 1)) * error
    ends = {"pay_change": slope, "pay_change_low": slope - half, "pay_change_high": slope + half}
    figures = {name: pl.Series(np.where(enough, np.expm1(end), np.nan), nan_to_null=True) for name, end in ends.items()}
    reason = pl.Series(np.where(enough, None, "too_few").tolist(), dtype=pl.String)  # type: ignore[call-overload]
    return figures | {"pay_reason": reason}


def _parts(paid: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """What each employer adds to each pair in each stratum that both units have, ordered."""
    own = (
        paid.sort("opening_id")
        .group_by("unit", "stratum", "employer", maintain_order=True)
        .agg(n=pl.len().cast(pl.Float64), pay=pl.col("log_pay").sum())
    )
    firms = own.select("employer").unique().sort("employer").with_row_index("firm")
    own = own.join(firms, on="employer", how="left").drop("employer").sort("unit", "stratum", "firm")
    numbered = pairs.select("from_unit", "to_unit").with_row_index("pair")
    sides = [
        numbered.select("pair", unit=f"{side}_unit", is_to=pl.lit(float(side == "to"))).join(
            own, on="unit", how="inner"
        )
        for side in ("from", "to")
    ]
    rows = pl.concat(sides).sort("pair", "stratum", "is_to", "firm")
    stratum = ["pair", "stratum"]
    rows = rows.with_columns(
        size=pl.col("n").sum().over(stratum),
        share=(pl.col("n") * pl.col("is_to")).sum().over(stratum) / pl.col("n").sum().over(stratum),
        mean=pl.col("pay").sum().over(stratum) / pl.col("n").sum().over(stratum),
    ).filter(pl.col("share").is_between(0, 1, closed="none"))
    apart = pl.col("is_to") - pl.col("share")
    return rows.select(
        "pair",
        "firm",
        score=apart * (pl.col("pay") - pl.col("n") * pl.col("mean")),
        leverage=apart**2 * pl.col("n"),
        widened=(pl.col("size") / (pl.col("size") - 1)).sqrt(),
        to=pl.col("n") * pl.col("is_to"),
        **{"from": pl.col("n") * (1 - pl.col("is_to"))},
    )


def _error(pair: Ints, firm: Ints, score: Floats, leverage: Floats, total: Floats, n: int) -> tuple[Floats, Floats]:
    """Standard error of each slope, and the effective number of employers behind it (Kish, of their leverage)."""
    base = int(firm.max(initial=0)) + 1
    cluster, place = np.unique(pair.astype(np.int64) * base + firm, return_inverse=True)
    own, weight = np.bincount(place, score, len(cluster)), np.bincount(place, leverage, len(cluster))
    of = cluster // base
    whole = np.bincount(of, weight, n)
    # As if the slope had been fitted without the employer: few large ones make intervals too narrow otherwise.
    lifted = own / (1 - np.minimum(weight / whole[of], 0.99))
    effective = whole**2 / np.bincount(of, weight**2, n)
    return np.sqrt(np.bincount(of, lifted**2, n)) / total, effective
