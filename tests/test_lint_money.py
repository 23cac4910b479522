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
        "total: float | None = None",
        "pay(unit_amount=9.99)",
        "class Plan:\n    monthly_price: float",
        "price: Mapped[Decimal] = mapped_column(Numeric)",
        "column = sa.Float()",
        "cents = int(0.29 * 100)",
        "share = count * 1.5",
        "self.total_paid = 0.0",
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
        "since: float = time.monotonic()",
        "def wait(timeout: float | None) -> None: ...",
        "get(url, timeout=0.5)",
        "late = now - since > 0.5",
    ],
)
def test_what_is_no_money_is_let_be(source: str) -> None:
    assert list(faults(source)) == []
