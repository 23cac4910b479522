"""The rule sees what makes a float of money, and nothing else."""

import pytest

from tests.lint_money import faults


@pytest.mark.parametrize(
    "source",
    [
        "price = 9.99",
        "price = 999 / 100",
        "price /= 2",
        "price = float(text)",
        "price = round(minor)",
        "def pay(amount: float) -> None: ...",
        "price: Mapped[Decimal] = mapped_column(Numeric)",
        "column = sa.Float()",
        "price = int(0.29 * 100)",
    ],
)
def test_a_float_of_money_is_found(source: str) -> None:
    assert list(faults(source))


@pytest.mark.parametrize(
    "source",
    [
        "price = 999 // 100",
        "path = ROOT / 'plans.py'",
        "path = folder / name",
        "PATIENCE_S = 0.5",
        "wait_s: float = 2.5",
        "def wait(timeout_s: float) -> None: ...",
        "get(url, timeout=0.5)",
    ],
)
def test_what_is_no_money_is_let_be(source: str) -> None:
    assert list(faults(source)) == []
