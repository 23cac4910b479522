"""Several stated pay ranges of one posting to the pay columns of its row, losing nothing: the text keeps them all."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.connectors.documents import Record

# Base pay first: bonus and equity never enter the figures when base pay is stated beside them.
_RANK = ("base", None, "total", "ote", "estimated", "bonus", "equity")


@dataclass(frozen=True)
class Range:
    """One stated range: amounts in `currency` per `period`; a bound that is not stated is None."""

    low: float | None
    high: float | None
    currency: str | None = None
    period: str | None = None
    kind: str | None = None
    label: str | None = None  # the source's own heading

    @property
    def text(self) -> str:
        """The range in words that the pay parser of normalisation reads back."""
        bounds = [f"{bound:,.2f}".removesuffix(".00") for bound in (self.low, self.high) if bound is not None]
        if self.low is None and bounds:
            bounds = [f"up to {bounds[0]}"]
        elif self.high is None and bounds:
            bounds = [f"from {bounds[0]}"]
        unit = f" per {self.period}" if self.period else ""
        money = " ".join(filter(None, [" - ".join(dict.fromkeys(bounds)), self.currency])) + unit if bounds else ""
        return ": ".join(filter(None, [self.label, money]))


def stated(ranges: Sequence[Range], text: str | None = None) -> Record:
    """The pay columns for `ranges`; `text` replaces their own wording where the source gives one.

    Ranges of the leading kind become figures when they share currency and period (a job's zones: lowest to highest).
    Where they do not, no figure is picked for the source: the text alone speaks.
    """
    found = [r for r in ranges if r.low is not None or r.high is not None]
    columns: Record = {"pay_text": text or "; ".join(filter(None, (r.text for r in ranges))) or None}
    if not found:
        return columns
    kind = min((r.kind for r in found), key=_RANK.index)
    leading = [r for r in found if r.kind == kind]
    if len({(r.currency, r.period) for r in leading}) > 1:
        return columns
    lows, highs = [r.low for r in leading], [r.high for r in leading]
    return columns | {
        # One open range among several leaves the whole open on that side.
        "pay_min": None if None in lows else min(low for low in lows if low is not None),
        "pay_max": None if None in highs else max(high for high in highs if high is not None),
        "pay_currency": leading[0].currency,
        "pay_period": leading[0].period,
        "pay_kind": kind,
    }
