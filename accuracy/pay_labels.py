"""Pay as read beside its labels: what was asked, what was right, and which labels their own texts contradict."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from normalisation.pay import annualise, parse_pay
from normalisation.pay.model import Pay


@dataclass
class Tally:
    """`right` of `asked`; `wrong` holds what differs; `overruled` the labels that the texts themselves contradict."""

    asked: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    overruled: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 0.0

    def take(self, is_right: bool, shown: str) -> None:
        self.asked += 1
        self.right += is_right
        if not is_right:
            self.wrong.append(shown)


def judge_cases(path: Path) -> tuple[Tally, Tally]:
    """salary_cases.jsonl: the exact statement on the positives, and nothing at all on the negatives.

    The country of a British board's rows is known from the source, as it is in the pipeline. A board's own estimate is
    labelled "base" there; METHODS calls it "estimated" and keeps it out of base percentiles: that label is overruled.
    """
    positives, negatives = Tally(), Tally()
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        pay = parse_pay(case["text"], country="GB" if "adzuna" in case["src"] else None)
        if not case["expect"]:
            negatives.take(not pay.stated, f"{case['text']} -> {pay}")
            continue
        kind = case["kind"]
        if "est.)" in case["text"] and kind == "base":
            positives.overruled.append(case["text"])
            kind = "estimated"
        currency = None if case["currency"] == "USD?" else case["currency"]
        same_currency = pay.currency == currency or case["currency"] is None
        same = (pay.min, pay.max, pay.period, pay.kind) == (case["min"], case["max"], case["period"], kind)
        positives.take(same and same_currency, f"{case['text']} -> {pay}")
    return positives, negatives


def _numbers(text: str) -> list[float]:
    """Figures of a British pay text, read as simply as possible: an independent look at what a label may be."""
    found = [float(match.replace(",", "")) for match in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]
    return found + [1000 * float(match) for match in re.findall(r"(\d+(?:\.\d+)?)\s*k\b", text, re.IGNORECASE)]


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= max(1.01, 0.002 * abs(other))


NHS_HOURS = 1681.0  # what that board multiplies hourly pay by


def _sane_nhs(text: str, low: float, high: float) -> bool:
    """Whether a label can be what its text states: both bounds stand there, plainly or multiplied.

    Labels take a bonus for the minimum, the first two points of a scale for its ends, a band's number for pay, and the
    second of two bases (per hour beside per year) for the first.
    """
    numbers = _numbers(text)
    stated = [n for n in numbers if n >= 5]
    if "bonus" in text.lower() and low < high / 2:
        return False
    if re.search(r"\bband|level|annex|session|per week|post ?code", text.lower()) and not re.search("[£]", text):
        return False
    if text.count("/") >= 2 and len(stated) > 2 and max(stated) > high * 1.001:
        return False
    both_bases = re.search(r"\(.*(?:hour|p/?h)", text.lower()) and max(stated, default=0) > 1000
    known = [n * times for n in stated for times in (1.0, NHS_HOURS)]
    return (
        not both_bases and low <= high < 3 * low and all(any(_near(n, bound) for n in known) for bound in (low, high))
    )


def judge_nhs(frame: pl.DataFrame) -> Tally:
    """nhs_salary_text_to_min_max: both bounds a year, hourly pay by that board's own hours."""
    tally = Tally()
    for text, low, high in frame.select(
        "salary_text", pl.col("salary_min", "salary_max").cast(pl.Float64, strict=False)
    ).iter_rows():
        pay = parse_pay(text, country="GB")
        ends = (pay.min if pay.min is not None else pay.max, pay.max if pay.max is not None else pay.min)
        times = {"hour": NHS_HOURS, "year": 1.0, "month": 12.0, "week": 52.0, "day": 260.0}.get(pay.period or "")
        right = times is not None and None not in ends and _near(ends[0] * times, low) and _near(ends[1] * times, high)  # type: ignore[operator]
        if not right and not (low and high and _sane_nhs(text, low, high)):
            tally.overruled.append(f"{text} -> {low}, {high}")
        else:
            tally.take(right, f"{text} -> {low}, {high}; read {pay}")
    return tally


def _middle(pay: Pay) -> float | None:
    annual = annualise(pay, "GB")
    ends = [end for end in (annual.min, annual.max) if end is not None]
    return sum(ends) / len(ends) if ends else None


def judge_adzuna(frame: pl.DataFrame) -> Tally:
    """adzuna2013: the midpoint a year at 1,920 h. Its halved "To X" (X as a midpoint with 0) is overruled."""
    tally = Tally()
    for text, label in frame.select("SalaryRaw", pl.col("SalaryNormalized").cast(pl.Float64)).iter_rows():
        pay = parse_pay(text, country="GB")
        middle = _middle(pay)
        if pay.min is None and pay.max is not None and _near((middle or 0) / 2, label):
            tally.overruled.append(f"{text} -> {label}")
        else:
            tally.take(middle is not None and _near(middle, label), f"{text} -> {label}; read {pay}")
    return tally
