"""What every benchmark gives: a figure, a named reference's figure from the same run, the bound on their ratio."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """One line of a benchmark. `ratio` is figure / reference; `passed` says whether it keeps its bound."""

    name: str
    figure: float
    reference: float
    ratio: float
    bound: float
    unit: str  # of figure and reference
    passed: bool

    def __str__(self) -> str:
        against = f"{self.figure:,.3g} {self.unit} against {self.reference:,.3g} {self.unit}"
        verdict = "ok" if self.passed else "MISSED"
        return f"{verdict:<7}{self.name}: {against}, ratio {self.ratio:.3f}, bound {self.bound:g}"


def at_most(name: str, figure: float, reference: float, bound: float, unit: str) -> Measure:
    """A measure that passes when figure / reference is at most `bound`."""
    ratio = figure / reference
    return Measure(name, figure, reference, ratio, bound, unit, ratio <= bound)


def at_least(name: str, figure: float, reference: float, bound: float, unit: str) -> Measure:
    """A measure that passes when figure / reference is at least `bound`."""
    ratio = figure / reference
    return Measure(name, figure, reference, ratio, bound, unit, ratio >= bound)
