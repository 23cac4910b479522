"""Sample quantiles of many groups at once, over values sorted within each group.

Definition 8 of Hyndman and Fan (1996): approximately median-unbiased whatever the distribution. numpy's default
(definition 7) puts P10 about ten per cent too high at n = 10.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_THIRD = 1.0 / 3.0


def grouped_quantile(values: Floats, starts: Ints, counts: Ints, p: float) -> Floats:
    """The type-8 quantile at `p` of each group.

    `values` holds the groups one after another, ascending within each; group i is
    `values[starts[i] : starts[i] + counts[i]]` and has at least one value. Returns one quantile a group,
    in the unit of `values`.
    """
    position = (counts + _THIRD) * p + _THIRD
    # A product such as 0.1 * 30 may fall a rounding error short of the whole number that it is.
    below = np.floor(position + 4 * np.finfo(np.float64).eps * np.maximum(position, 1.0))
    weight = np.clip(position - below, 0.0, 1.0)
    lower = np.clip(below.astype(np.int64), 1, counts) - 1
    upper = np.clip(below.astype(np.int64) + 1, 1, counts) - 1
    low, high = values[starts + lower], values[starts + upper]
    return np.asarray(low + weight * (high - low), dtype=np.float64)


def quantile(values: npt.ArrayLike, p: float) -> float:
    """The type-8 quantile at `p` of one sample in any order; raises ValueError when it is empty."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not len(ordered):
        raise ValueError("a quantile needs at least one value")
    return float(grouped_quantile(ordered, np.array([0]), np.array([len(ordered)]), p)[0])
