"""The disclosure rule at its edges, and blocks that no figure cuts."""

import numpy as np
import pytest

from estimation.disclosure.blocks import divide
from estimation.disclosure.rule import judge


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


def blocks(*axes: list[int], contributor: list[int] | None = None, pay: list[float] | None = None) -> list[set[int]]:
    """The axis values of each block, where each row has one contributor of its own unless said."""
    rows = len(axes[0])
    found = divide(
        np.zeros(rows, dtype=np.int64),
        [np.array(axis, dtype=np.int64) for axis in axes],
        np.array(contributor or range(rows), dtype=np.int64),
        np.array(pay or [1.0] * rows),
    )
    return [{axes[0][row] for row in np.flatnonzero(found == block)} for block in range(found.max(initial=-1) + 1)]


def parts(*sizes: int) -> list[int]:
    return [part for part, size in enumerate(sizes) for _ in range(size)]


def test_parts_that_pass_stand_alone() -> None:
    assert blocks(parts(9, 6, 5)) == [{0}, {1}, {2}]


def test_a_thin_part_takes_the_smallest_other_with_it() -> None:
    assert blocks(parts(20, 9, 3)) == [{0}, {1, 2}]


def test_thin_parts_that_pass_together_need_no_other() -> None:
    assert blocks(parts(20, 3, 3)) == [{0}, {1, 2}]


def test_rows_whose_part_is_not_known_are_protected_as_a_part() -> None:
    assert blocks([*parts(20, 9), -1, -1]) == [{0}, {1, -1}]


def test_a_whole_that_does_not_pass_gives_its_parts_that_do() -> None:
    """One contributor gives most of a part, and so too much of the whole."""
    assert blocks(parts(8, 20), contributor=[*range(8), *[99] * 20]) == [{0}]


def test_too_few_make_no_block() -> None:
    assert blocks(parts(2, 2)) == []
    assert blocks([]) == []


def test_an_outlier_joins_others_until_it_is_no_quarter() -> None:
    pay = [1.0] * 20 + [3.0, 1.0, 1.0, 1.0, 1.0] + [1.0] * 10
    assert blocks(parts(20, 5, 10), pay=pay) == [{0}, {1, 2}]


def test_every_block_passes_whatever_the_market() -> None:
    rng = np.random.default_rng(3)
    for _ in range(30):
        rows = int(rng.integers(5, 400))
        axes = [rng.integers(-1, 4, rows) for _ in range(5)]
        who, pay = rng.integers(0, 60, rows), rng.lognormal(11, 1, rows)
        groups = rng.integers(0, 2, rows)
        found = divide(groups, axes, who, pay)
        inside = found >= 0
        assert judge(found[inside], who[inside], pay[inside], int(found.max(initial=-1)) + 1).safe.all()
        assert all(len(set(groups[found == block])) == 1 for block in range(found.max(initial=-1) + 1))


def test_the_order_of_rows_decides_no_block() -> None:
    rng = np.random.default_rng(4)
    axes = [rng.integers(-1, 4, 300) for _ in range(4)]
    who, pay, groups = rng.integers(0, 200, 300), rng.lognormal(11, 1, 300).round(), np.zeros(300, dtype=np.int64)
    order = rng.permutation(300)
    whole = divide(groups, axes, who, pay)
    mixed = np.empty(300, dtype=np.int64)
    mixed[order] = divide(groups, [axis[order] for axis in axes], who[order], pay[order])
    assert {frozenset(np.flatnonzero(whole == b)) for b in set(whole)} == {
        frozenset(np.flatnonzero(mixed == b)) for b in set(mixed)
    }
