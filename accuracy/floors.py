"""What was last reached, less its sampling error: below that something was broken, whatever the goal says."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from accuracy.scores import Goal, Score, Scored

FLOORS = Path(__file__).with_name("floors.csv")
ERRORS = 2.0  # standard errors that a figure may lie beyond what was reached

Floors = Mapping[tuple[str, str], Goal]


@dataclass(frozen=True)
class Verdict:
    """A score beside the floor of its step and measure; `kept` is None where either is missing."""

    step: str
    score: Score
    floor: Goal | None

    @property
    def kept(self) -> bool | None:
        """Whether the figure, with the error of its own cases, still lies within the floor."""
        if self.floor is None or self.score.figure is None:
            return None
        slack = ERRORS * self.score.error
        low, high = self.floor.low, self.floor.high
        return (low is None or self.score.figure + slack >= low) and (high is None or self.score.figure - slack <= high)

    def __str__(self) -> str:
        score = self.score
        name = f"{self.step}.{score.measure}"
        if score.figure is None:
            return f"{name:<44} {score.reason}"
        said = "met" if score.met else "MISSED"
        fallen = f", BELOW ITS FLOOR {self.floor}" if self.kept is False else ""
        return f"{name:<44} {score.figure:>8.4g}  goal {score.goal!s:<14} {score.cases:>7,} cases  {said}{fallen}"


def read_floors(path: Path = FLOORS) -> Floors:
    """The shipped floors by step and measure."""
    with path.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {(row["step"], row["measure"]): Goal(_number(row["low"]), _number(row["high"])) for row in rows}


def judge(scored: Mapping[str, Scored], floors: Floors) -> list[Verdict]:
    """Every score beside its floor, in the order of the steps."""
    return [
        Verdict(step, score, floors.get((step, score.measure)))
        for step, each in scored.items()
        for score in each.scores
    ]


def write_floors(verdicts: list[Verdict], path: Path = FLOORS) -> None:
    """Take what was reached now as the floors of the steps that were scored; others keep theirs."""
    floors = dict(read_floors(path)) if path.exists() else {}
    floors |= {(one.step, one.score.measure): _floor(one.score) for one in verdicts if one.score.figure is not None}
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["step", "measure", "low", "high"])
        for (step, measure), floor in sorted(floors.items()):
            writer.writerow([step, measure, _text(floor.low), _text(floor.high)])


def _floor(score: Score) -> Goal:
    """Open where the goal is open."""
    figure, slack = score.figure or 0.0, ERRORS * score.error
    low = None if score.goal.low is None else figure - slack
    high = None if score.goal.high is None else figure + slack
    return Goal(low, high)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _text(number: float | None) -> str:
    return "" if number is None else f"{number:.4f}"
