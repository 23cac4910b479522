"""When a group of confidential pay may be known: the disclosure rule.

Contributed or restricted pay is confidential. A group of its observations may show figures when five contributors or
more are in it and none gives over a quarter of the observations or of the pay. A quarter at most implies the p-percent
rule up to p = 200: what is left without the two largest is half of the whole, twice the largest.

Publicly advertised observations of the same cell count for nothing here: anyone can look them up and take them out, so
that the rule is asked of the confidential ones alone. Groups that pass have a union that passes: what is at most a
quarter of each is at most a quarter of all. `estimation.disclosure.blocks` rests on this.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from estimation.quantiles import Floats, Ints

MIN_CONTRIBUTORS = 5
MAX_SHARE = 0.25

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Groups:
    """Of each group: contributors, observations, and whether the disclosure rule lets it show figures."""

    contributors: Ints
    observations: Ints
    safe: Flags


def judge(group: Ints, contributor: Ints, pay: Floats, size: int) -> Groups:
    """Judge `size` groups by their rows: the group of each row, who contributed it, and what it states (0 or more)."""
    order = np.lexsort((contributor, group))
    of_row, who, stated = group[order], contributor[order], pay[order]
    edges = np.flatnonzero(np.r_[True, (of_row[1:] != of_row[:-1]) | (who[1:] != who[:-1])]) if len(order) else order
    of_pair = of_row[edges]
    rows = np.diff(np.r_[edges, len(order)])
    paid = np.add.reduceat(stated, edges) if len(edges) else np.zeros(0)
    contributors = np.bincount(of_pair, minlength=size).astype(np.int64)
    most_rows, most_paid = np.zeros(size, dtype=np.int64), np.zeros(size)
    np.maximum.at(most_rows, of_pair, rows)
    np.maximum.at(most_paid, of_pair, paid)
    observations = np.bincount(group, minlength=size).astype(np.int64)
    total = np.bincount(of_pair, paid, size)
    spread = (most_rows <= MAX_SHARE * observations) & (most_paid <= MAX_SHARE * total * (1.0 + 1e-12))
    return Groups(contributors, observations, (contributors >= MIN_CONTRIBUTORS) & spread)
