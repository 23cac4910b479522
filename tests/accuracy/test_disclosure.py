"""The attacks on what the pipeline makes of contributed pay: nothing falls, and what is not protected does."""

from accuracy.contributed_markets import snapshots
from accuracy.disclosure import _forbidden, algebra, observed, score
from accuracy.sets import Sets


def test_no_attack_recovers_a_withheld_group() -> None:
    for each in score(Sets(markets=1)).scores:
        assert each.cases > 5, each
        assert each.figure == 0, each


def test_the_same_attack_recovers_cells_that_only_the_rule_protects() -> None:
    market = observed(snapshots(1))
    cells = market.cells[0]
    tried, fell = algebra(cells[market.safe(cells)], _forbidden(market, cells))
    assert fell > 0.2 * tried
    assert len(market.known[0]) > 20  # what is published is not nothing
