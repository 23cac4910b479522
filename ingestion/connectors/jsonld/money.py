"""`baseSalary` and `estimatedSalary` in the forms that sites write them."""

from typing import Any

from ingestion.connectors.documents import Record, Rejected, amount, currency, period, rate_period, words
from ingestion.connectors.pay import Range, stated


def pay(record: Record) -> Record:
    """The pay columns: base pay where stated, else an estimate, marked so.

    schema.org has no word for "negotiable" or "Band 6": sites put it into `value`, and it is kept as text. Where such
    a text names a period, it is believed over `unitText`, which many sites leave at YEAR.
    """
    for name, kind in (("baseSalary", "base"), ("estimatedSalary", "estimated")):
        offers = record.get(name)
        ranges = [
            found for offer in (offers if isinstance(offers, list) else [offers]) if (found := _range(offer, kind))
        ]
        if ranges:
            text = "; ".join(dict.fromkeys(found.label for found in ranges if found.label))
            return stated([_unlabelled(found) for found in ranges], text or None)
    return {}


def _unlabelled(found: Range) -> Range:
    return Range(found.low, found.high, found.currency, found.period, found.kind)


def _range(offer: Any, kind: str) -> Range | None:
    """One offer; `label` carries a text that stood where a number should."""
    if offer is None or offer == "":
        return None
    if not isinstance(offer, dict):
        low, text = _number(offer)
        return Range(low, low, None, None, kind, text)
    value = offer.get("value", offer)
    within = value if isinstance(value, dict) else {"value": value}
    low, low_text = _number(within.get("minValue", offer.get("minValue")))
    high, high_text = _number(within.get("maxValue", offer.get("maxValue")))
    single, text = _number(within.get("value"))
    if low is None and high is None:
        low = high = single
    text = text or low_text or high_text
    unit = period(_word(within.get("unitText") or offer.get("unitText") or offer.get("duration")))
    return Range(
        low,
        high,
        currency(_word(offer.get("currency") or within.get("currency"))),
        rate_period(text) or unit,
        kind,
        text,
    )


def _number(value: Any) -> tuple[float | None, str | None]:
    """The amount, or the text that stands in its place."""
    if isinstance(value, str):
        try:
            return amount(value.strip()), None
        except Rejected:
            return None, words(value)
    if isinstance(value, dict | list | bool):
        return None, None
    return amount(value), None


def _word(value: Any) -> str | None:
    return words(value) if isinstance(value, str) else None
