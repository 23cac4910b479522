"""Attacks on simulated tables of contributed pay: no withheld cell may be computed from what is published.

The attacker knows the lattice, which cells exist, and for every published cell the exact count and the exact total of
pay: more than is published, where counts and amounts of such cells are coarse. Everything else is tried:

- algebra: any sums and differences of published cells that give a withheld cell that the rule forbids;
- bounds: linear programmes for the least and the most that a withheld cell's count and total can be, pay of a person
  lying between a fifth and five times the market's mean; a cell falls when both ends are within a tenth of the truth;
- releases: the same algebra over two consecutive releases, for the rows that came, went or changed between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from accuracy.contributed_markets import PUBLISHED, SIZE, Contributions, contributions, table
from accuracy.scores import Score, Scored, at_most
from accuracy.sets import Sets
from estimation.disclosure import Flags
from estimation.dispersion import sums
from estimation.quantiles import Floats, Ints
from estimation.recovery import Matrix, atoms, incidence
from estimation.suppression import Table, primary, protect, renewed

SEED = 20260701
WITHIN = 0.10  # of the truth: a bound so close is as good as the figure
NEAR = 1e-6
BOUNDED = 6  # cells of a market that linear programmes are set on


@dataclass
class Tally:
    """What was attacked and what fell, attack by attack."""

    tried: int = 0
    fell: int = 0

    def add(self, tried: int, fell: int) -> None:
        self.tried += tried
        self.fell += fell

    def score(self, measure: str, note: str = "") -> Score:
        return Score(measure, float(self.fell), at_most(0.0), self.tried, note=note)


def score(sets: Sets) -> Scored:
    """Cells recovered by each attack, over simulated markets; the goal is none."""
    tallies = {name: Tally() for name in ("algebra", "bounds", "releases", "unprotected")}
    published, safe = 0, 0
    for number in range(max(sets.markets // 400, 2)):
        made = contributions(SEED + number)
        rows = table(made)
        flags = _published(rows)
        tallies["algebra"].add(*algebra(rows, flags))
        tallies["bounds"].add(*bounds(rows, flags, np.random.default_rng(SEED + number)))
        tallies["releases"].add(*releases(made, flags, SEED + number))
        alone = [each.safe & may for each, may in zip(primary(rows), PUBLISHED, strict=True)]
        tallies["unprotected"].add(*algebra(rows, alone))
        published += sum(int(each.sum()) for each in flags)
        safe += sum(int(each.sum()) for each in alone)
    unprotected = tallies["unprotected"]
    note = (
        f"of {safe} cells that pass alone {published} are published; else algebra gives {unprotected.fell} cells away"
    )
    attacks = {"algebra": note, "bounds": "", "releases": ""}
    return Scored([tallies[name].score(f"recovered_by_{name}", told) for name, told in attacks.items()])


def _published(rows: Table) -> list[Flags]:
    return protect(rows, [np.full(SIZE, may) for may in PUBLISHED])


def _matrices(rows: Table, flags: Sequence[Flags]) -> tuple[Matrix, Matrix, Ints]:
    """Published and forbidden cells by atoms, and the atom of each row."""
    atom, n_atoms = atoms(rows.cells)
    forbidden = [(each.observations > 0) & ~each.safe for each in primary(rows)]
    known, targets = (np.unique(incidence(rows.cells, atom, n_atoms, f).matrix, axis=0) for f in (flags, forbidden))
    return known, targets, atom


def algebra(rows: Table, flags: Sequence[Flags]) -> tuple[int, int]:
    """Forbidden cells, and those of them that some linear combination of the published ones gives.

    By least squares, where the protection goes by singular values.
    """
    known, targets, _ = _matrices(rows, flags)
    if not len(known) or not len(targets):
        return len(targets), 0
    weights = np.linalg.lstsq(known.T, targets.T, rcond=None)[0]
    left = np.abs(known.T @ weights - targets.T).max(axis=0)
    return len(targets), int((left < NEAR).sum())


def bounds(rows: Table, flags: Sequence[Flags], rng: np.random.Generator) -> tuple[int, int]:
    """Forbidden cells that were attacked, and those whose count or total is bounded as closely as a figure."""
    known, targets, atom = _matrices(rows, flags)
    chosen = targets[rng.permutation(len(targets))[:BOUNDED]]
    count = sums(atom, np.ones(len(atom)), known.shape[1])
    total = sums(atom, rows.pay, known.shape[1])
    mean = float(rows.pay.mean())
    return len(chosen), sum(_falls(known, each, count, total, mean) for each in chosen)


def _falls(known: Matrix, target: Floats, count: Floats, total: Floats, mean: float) -> bool:
    """Whether linear programmes bound the target's count or total within a tenth of the truth."""
    from scipy.optimize import linprog

    n = len(target)
    # Amounts are in means, so that both halves are of one size; every total lies between its count's least and most.
    equal = np.block([[known, np.zeros_like(known)], [np.zeros_like(known), known]])
    given = np.r_[known @ count, known @ total / mean]
    limits = np.block([[0.2 * np.eye(n), -np.eye(n)], [-5.0 * np.eye(n), np.eye(n)]])
    for objective, truth in (
        (np.r_[target, np.zeros(n)], target @ count),
        (np.r_[np.zeros(n), target], target @ total / mean),
    ):
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(sign * objective, limits, np.zeros(2 * n), equal, given, (0, None), method="highs")
            ends.append(sign * found.fun if found.success else -sign * np.inf)
        if ends[0] > (1 - WITHIN) * truth and ends[1] < (1 + WITHIN) * truth:
            return True
    return False


def releases(made: Contributions, flags: Sequence[Flags], seed: int) -> tuple[int, int]:
    """A second release with a few rows more and fewer: changes of forbidden size that two releases give away."""
    rng = np.random.default_rng([seed, 13])
    kept = rng.random(len(made.pay)) < 0.98
    added = contributions(seed + 500_000, int(rng.integers(3, 60)))
    changes = table(_joined(made.only(~kept), added))
    after = _published(table(_joined(made.only(kept), added)))
    both = [one & other for one, other in zip(flags, after, strict=True)]
    fresh = renewed(changes, both)
    return algebra(changes, fresh)


def _joined(one: Contributions, other: Contributions) -> Contributions:
    """Rows of two releases; the people of the second are others than those of the first, its firms the same."""
    columns = {name: np.r_[getattr(one, name), getattr(other, name)] for name in one.__dataclass_fields__}
    people = other.contributor < 1000
    columns["contributor"] = np.r_[one.contributor, np.where(people, other.contributor + 100_000, other.contributor)]
    return Contributions(**columns)
