"""What linear algebra gets out of published cells: which cells are sums and differences of others, and of which.

Every cell is a set of atoms, the finest classes of rows that any cell tells apart, so that its count and its total are
the same linear function of the atoms'. A cell can be computed from the published ones if and only if its row of the
incidence matrix is a linear combination of theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from estimation.disclosure import Flags, Groups
from estimation.quantiles import Floats, Ints

MOST_CELLS = 2500  # published cells of one table that are looked at together; finer kinds are withheld beyond
NEAR = 1e-6

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Incidence:
    """Cells by atoms: `matrix[i]` marks the atoms of cell `cell[i]` of kind `kind[i]`."""

    matrix: Matrix
    kind: Ints
    cell: Ints


def atoms(cells: Sequence[Ints]) -> tuple[Ints, int]:
    """The atom of each row and how many there are."""
    found = np.unique(np.stack(list(cells)), axis=1, return_inverse=True)[1].ravel()
    return found, int(found.max(initial=-1)) + 1


def incidence(cells: Sequence[Ints], atom: Ints, n_atoms: int, flags: Sequence[Flags]) -> Incidence:
    """The incidence of the flagged cells that have rows."""
    lines, kinds, numbers = [np.zeros((0, n_atoms))], [], []
    for kind, (of_row, chosen) in enumerate(zip(cells, flags, strict=True)):
        rows = np.flatnonzero(of_row >= 0)
        rows = rows[chosen[of_row[rows]]]
        present, place = np.unique(of_row[rows], return_inverse=True)
        matrix = np.zeros((len(present), n_atoms))
        matrix[place, atom[rows]] = 1.0
        lines.append(matrix)
        kinds.append(np.full(len(present), kind))
        numbers.append(present)
    return Incidence(np.concatenate(lines), np.concatenate(kinds), np.concatenate(numbers))


def recovered(known: Matrix, targets: Matrix) -> tuple[Flags, Floats]:
    """Which targets are combinations of the known rows, and for each of those the weights of the known rows."""
    if not len(known) or not len(targets):
        return np.zeros(len(targets), dtype=bool), np.zeros((0, len(known)))
    left, size, right = np.linalg.svd(known, full_matrices=False)
    kept = size > NEAR * size[0]
    along = targets @ right[kept].T
    falls = np.linalg.norm(targets - along @ right[kept], axis=1) < NEAR * np.sqrt(targets.shape[1])
    return falls, np.asarray((along[falls] / size[kept]) @ left[:, kept].T)


def withhold_recovered(cells: Sequence[Ints], published: list[Flags], judged: Sequence[Groups]) -> None:
    """Withhold published cells until no cell that the disclosure rule forbids is a combination of the others."""
    for kind in range(len(published) - 1, -1, -1):
        if sum(int(flags.sum()) for flags in published) > MOST_CELLS:
            published[kind][:] = False
    atom, n_atoms = atoms(cells)
    targets = incidence(cells, atom, n_atoms, [(each.observations > 0) & ~each.safe for each in judged]).matrix
    targets = np.unique(targets, axis=0)
    while True:
        known = incidence(cells, atom, n_atoms, published)
        falls, weights = recovered(known.matrix, targets)
        if not falls.any():
            return
        for each in np.unique(np.abs(weights) > NEAR, axis=0):
            used = np.flatnonzero(each)
            fewest = np.array([judged[known.kind[i]].contributors[known.cell[i]] for i in used])
            chosen = used[np.lexsort((known.cell[used], fewest, -known.kind[used]))[0]]
            published[known.kind[chosen]][known.cell[chosen]] = False
