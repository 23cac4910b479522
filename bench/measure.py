"""What every benchmark gives: a figure, a named reference's figure from the same run, the bound on their ratio."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of a benchmark. `ratio` is figure / reference; `passed`: it keeps its bound, if it has one."""

    name: str
    figure: float
    reference: float
    ratio: float
    bound: float | None
    unit: str  # of figure and reference
    passed: bool

    def __str__(self) -> str:
        against = f"{self.figure:,.3g} {self.unit} against {self.reference:,.3g} {self.unit}"
        verdict = "MISSED" if not self.passed else "ok" if self.bound is not None else "told"
        bound = "no bound" if self.bound is None else f"bound {self.bound:g}"
        return f"{verdict:<7}{self.name}: {against}, ratio {self.ratio:.3f}, {bound}"


def at_most(name: str, figure: float, reference: float, bound: float, unit: str) -> Measure:
    """A measure that passes when figure / reference is at most `bound`."""
    ratio = figure / reference
    return Measure(name, figure, reference, ratio, bound, unit, ratio <= bound)


def at_least(name: str, figure: float, reference: float, bound: float, unit: str) -> Measure:
    """A measure that passes when figure / reference is at least `bound`."""
    ratio = figure / reference
    return Measure(name, figure, reference, ratio, bound, unit, ratio >= bound)


def told(name: str, figure: float, reference: float, unit: str) -> Measure:
    """A measure that is only told: there is nothing that it would have to keep."""
    return Measure(name, figure, reference, figure / reference, None, unit, True)


def in_turns(
    one: Callable[[], float], other: Callable[[], float], rounds: int, rest_s: float = 0.0
) -> tuple[float, float]:
    """Figures of the round whose ratio is the median: whatever else the machine does meets both alike.

    After each turn there is a rest, so that what one leaves to be written down is not paid by the other.
    """

    def turn(measured: Callable[[], float]) -> float:
        figure = measured()
        time.sleep(rest_s)
        return figure

    figures = [(turn(one), turn(other)) for _ in range(rounds)]
    return sorted(figures, key=lambda pair: pair[0] / pair[1])[rounds // 2]
