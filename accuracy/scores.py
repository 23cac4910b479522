"""What a score is: a figure, the goal that it should meet, and the number of cases that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    """The range that a figure should lie in; an end that is None is open."""

    low: float | None = None
    high: float | None = None

    def is_met(self, figure: float) -> bool:
        return (self.low is None or figure >= self.low) and (self.high is None or figure <= self.high)

    def __str__(self) -> str:
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return f">= {self.low:g}" if self.low is not None else f"<= {self.high:g}"


def at_least(low: float) -> Goal:
    """A goal from `low` upwards."""
    return Goal(low=low)


def at_most(high: float) -> Goal:
    """A goal up to `high`."""
    return Goal(high=high)


def within(low: float, high: float) -> Goal:
    """A goal from `low` to `high`, both met."""
    return Goal(low, high)


@dataclass(frozen=True)
class Score:
    """One measured figure of one step; `figure` is None where a set is not there, and `reason` then says which.

    `error` is the figure's standard error over its cases: a floor is what was reached less two of them. `examples`
    are a few of the cases that went wrong, for a person to read, `note` says what the figure leaves out.
    """

    measure: str
    figure: float | None
    goal: Goal
    cases: int
    error: float = 0.0
    reason: str | None = None
    examples: tuple[str, ...] = ()
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where nothing was scored."""
        return None if self.figure is None else self.goal.is_met(self.figure)


def not_scored(measure: str, goal: Goal, reason: str) -> Score:
    """The score of a set that is not there."""
    return Score(measure, None, goal, 0, reason=reason)


def share(measure: str, right: int, cases: int, goal: Goal, examples: Sequence[str] = (), note: str = "") -> Score:
    """The share of right cases, with its standard error (Agresti-Coull: not zero where every case is right)."""
    if not cases:
        return not_scored(measure, goal, "the set has no case")
    towards_half = (right + 2) / (cases + 4)
    error = (towards_half * (1 - towards_half) / (cases + 4)) ** 0.5
    return Score(measure, right / cases, goal, cases, error, examples=tuple(examples[:20]), note=note)


@dataclass(frozen=True)
class Plot:
    """Lines to be drawn beside a step's scores: each a label with its x and y values."""

    name: str  # of the file, without its ending
    title: str
    x_label: str
    y_label: str
    lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]
    goal: Goal | None = None  # a band on the y axis


@dataclass(frozen=True)
class Scored:
    """What scoring a step gave."""

    scores: list[Score]
    plots: list[Plot] = field(default_factory=list)
