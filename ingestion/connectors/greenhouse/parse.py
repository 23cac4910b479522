"""One Greenhouse job to one posting row."""

import re
from typing import Any

from ingestion.connectors.documents import (
    Record,
    amount,
    currency,
    day_of,
    dig,
    each,
    joined,
    period,
    present,
    prose,
    rate_period,
    words,
)
from ingestion.connectors.pay import Range, stated

_KINDS = {
    "ote": re.compile(r"\bOTE\b|on[- ]target", re.I),
    "total": re.compile(r"\btotal (?:cash|comp|compensation|rewards?|target)\b", re.I),
    "base": re.compile(r"\b(?:base|salary|hourly|wages?)\b", re.I),
}


def posting(record: Record, employer: str | None) -> Record:
    """The canonical fields of one job. `employer` stands in where the board does not name the company."""
    key = words(record.get("id"))
    offices = present(*(words(dig(office, "name")) for office in each(record, "offices")))
    place = words(dig(record, "location", "name"))
    return {
        "source_posting_id": key,
        "ats_id": key and f"greenhouse:{key}",
        "requisition_id": words(record.get("requisition_id")),
        "url": words(record.get("absolute_url")),
        "title": words(record.get("title")),
        "employer": words(record.get("company_name")) or employer,
        "places": _places(place) or offices,
        "description": prose(record.get("content")),
        "posted_on": day_of(record.get("first_published")),
        "closes_on": day_of(record.get("application_deadline")),
        "category_text": joined([words(dig(found, "name")) for found in each(record, "departments")], "; "),
        "remote_text": _metadata(record, "location type", "workplace type", "work location type"),
        "employment_text": _metadata(record, "employment type", "time type"),
    } | stated([_range(found) for found in each(record, "pay_input_ranges")])


def _places(text: str | None) -> list[str]:
    """Boards write several places into one text, separated by semicolons or bars, never reliably by commas."""
    return [part.strip() for part in re.split(r"[;|]", text or "") if part.strip()]


def _range(found: Any) -> Range:
    """Amounts are cents. Period and kind are no fields: the employer's heading says them, else the text below it."""
    title, blurb = words(dig(found, "title")), prose(dig(found, "blurb"))
    low, high = amount(dig(found, "min_cents")), amount(dig(found, "max_cents"))
    kinds = _kinds(title) or _kinds(blurb)
    pay = Range(
        low=low and low / 100,
        high=high and high / 100,
        currency=currency(dig(found, "currency_type")),
        period=period(title) or rate_period(blurb),
        kind=kinds[0] if kinds else None,
        label=title,
    )
    # "Base salary plus OTE" does not say which of the two the figures are: then they stay in the text.
    return pay if len(kinds) < 2 else Range(None, None, label=pay.text)


def _kinds(text: str | None) -> list[str]:
    """The kinds of pay that a text names."""
    return [kind for kind, pattern in _KINDS.items() if text and pattern.search(text)]


def _metadata(record: Record, *names: str) -> str | None:
    """A custom field that employers use by convention, by its name."""
    for entry in each(record, "metadata"):
        name = words(dig(entry, "name"))
        if name and name.lower() in names:
            value = dig(entry, "value")
            return joined(map(words, value), "; ") if isinstance(value, list) else words(value)
    return None
