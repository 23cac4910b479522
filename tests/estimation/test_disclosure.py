"""The disclosure rule at its edges, and tables from which nothing withheld may be computed."""

import numpy as np
import pytest

from estimation.disclosure import judge
from estimation.recovery import atoms, incidence, recovered
from estimation.suppression import Table, primary, protect, renewed


def judged(contributors: list[int], pay: list[float] | None = None) -> tuple[int, bool]:
    rows = len(contributors)
    stated = np.array(pay or [1.0] * rows)
    groups = judge(np.zeros(rows, dtype=np.int64), np.array(contributors, dtype=np.int64), stated, 1)
    return int(groups.contributors[0]), bool(groups.safe[0])


@pytest.mark.parametrize(
    ("contributors", "pay", "expected"),
    [
        ([1, 2, 3, 4, 5], None, (5, True)),
        ([1, 2, 3, 4], None, (4, False)),
        ([1, 1, 2, 3, 4, 5, 6, 7], None, (7, True)),
        ([1, 1, 2, 3, 4, 5, 6], None, (6, False)),
        ([1, 2, 3, 4, 5, 6], [10.0, 1.0, 1.0, 1.0, 1.0, 1.0], (6, False)),
        ([], None, (0, False)),
    ],
    ids=["five", "four", "a quarter", "more than a quarter", "a dominant total", "nothing"],
)
def test_the_rule(contributors: list[int], pay: list[float] | None, expected: tuple[int, bool]) -> None:
    assert judged(contributors, pay) == expected


def parts_and_whole(sizes: list[int]) -> Table:
    """A whole (kind 0) and its parts (kind 1) of so many contributors of one row each."""
    part = np.repeat(np.arange(len(sizes)), sizes)
    rows = len(part)
    return Table([np.zeros_like(part), part], [1, len(sizes)], [(1, 0)], np.arange(rows), np.ones(rows))


def published(sizes: list[int]) -> list[list[bool]]:
    table = parts_and_whole(sizes)
    return [flags.tolist() for flags in protect(table, [np.ones(size, dtype=bool) for size in table.sizes])]


def test_one_thin_part_takes_the_smallest_other_with_it() -> None:
    assert published([20, 9, 3]) == [[True], [True, False, False]]


def test_thin_parts_that_pass_together_need_no_other() -> None:
    assert published([20, 3, 3]) == [[True], [True, False, False]]


def test_no_thin_part_and_nothing_is_withheld() -> None:
    assert published([20, 9, 6]) == [[True], [True, True, True]]


def test_a_part_that_leaves_few_others_is_withheld() -> None:
    assert published([20, 2]) == [[True], [False, False]]


def test_a_thin_cell_in_a_square_is_not_given_away_by_its_row_or_column() -> None:
    counts = [[9, 9, 9], [9, 2, 9], [9, 9, 9]]
    row = np.concatenate([np.full(n, i) for i, line in enumerate(counts) for n in line])
    column = np.concatenate([np.full(n, j) for line in counts for j, n in enumerate(line)])
    table = Table(
        [np.zeros_like(row), row, column, 3 * row + column],
        [1, 3, 3, 9],
        [(1, 0), (2, 0), (3, 0), (3, 1), (3, 2)],
        np.arange(len(row)),
        np.ones(len(row)),
    )
    flags = protect(table, [np.ones(size, dtype=bool) for size in table.sizes])
    assert flags[0].all()
    assert flags[1].all()
    assert flags[2].all()
    withheld = set(np.flatnonzero(~flags[3]).tolist())
    assert 4 in withheld
    assert len(withheld) >= 4  # a rectangle at least
    atom, n_atoms = atoms(table.cells)
    known = incidence(table.cells, atom, n_atoms, flags).matrix
    target = np.array([(atom == atom[np.flatnonzero(table.cells[3] == 4)[0]])])
    line = np.zeros((1, n_atoms))
    line[0, atom[target[0]]] = 1.0
    assert not recovered(known, line)[0].any()


def test_algebra_finds_what_sums_give_away() -> None:
    known = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
    falls, weights = recovered(known, np.array([[1.0, 0.0, 0.0]]))
    assert falls.all()
    assert weights[0] == pytest.approx([0.5, -0.5, 0.5])


def test_a_cell_is_renewed_only_by_changes_that_pass_the_rule() -> None:
    changes = parts_and_whole([6, 2])
    fresh = renewed(changes, [np.ones(1, dtype=bool), np.ones(2, dtype=bool)])
    assert [flags.tolist() for flags in fresh] == [[True], [False, False]]


def test_the_order_of_rows_decides_nothing() -> None:
    table = parts_and_whole([20, 9, 3, 7, 7])
    order = np.random.default_rng(1).permutation(len(table.pay))
    mixed = Table(
        [cells[order] for cells in table.cells], table.sizes, table.within, table.contributor[order], table.pay[order]
    )
    every = [np.ones(size, dtype=bool) for size in table.sizes]
    assert [f.tolist() for f in protect(table, every)] == [f.tolist() for f in protect(mixed, every)]


def test_no_rows_publish_nothing() -> None:
    table = parts_and_whole([])
    assert not protect(table, [np.ones(size, dtype=bool) for size in table.sizes])[0].any()
    assert not primary(table)[0].safe.any()
