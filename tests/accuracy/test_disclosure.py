"""The attacks on tables of contributed pay: nothing falls, and what is not protected does."""

from accuracy.contributed_markets import PUBLISHED, contributions, table
from accuracy.disclosure import algebra, score
from accuracy.sets import Sets
from estimation.suppression import primary


def test_no_attack_recovers_a_withheld_cell() -> None:
    for each in score(Sets(markets=1)).scores:
        assert each.cases > 10, each
        assert each.figure == 0, each


def test_the_same_attack_recovers_cells_that_only_the_rule_protects() -> None:
    rows = table(contributions(1))
    alone = [each.safe & may for each, may in zip(primary(rows), PUBLISHED, strict=True)]
    tried, fell = algebra(rows, alone)
    assert fell > 0.2 * tried
