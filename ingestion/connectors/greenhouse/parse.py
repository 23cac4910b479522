"""One Greenhouse job to one posting row."""

import re
from typing import Any

from ingestion.connectors.documents import (
    Record,
    Rejected,
    amount,
    currency,
    day_of,
    dig,
    each,
    joined,
    period,
    present,
    prose,
    words,
)
from ingestion.connectors.pay import Range, stated

_OTE = re.compile(r"\bOTE\b|on[- ]target|base \+ commission|commission", re.I)
_BASE = re.compile(r"\b(?:base|salary|hourly|wage)\b", re.I)


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
    """Amounts are cents. The period is not a field: only the employer's own heading can say it."""
    heading = joined([words(dig(found, "title")), prose(dig(found, "blurb"))], " ")
    low, high = amount(dig(found, "min_cents")), amount(dig(found, "max_cents"))
    if low is None and high is None and heading is None:
        raise Rejected("bad_pay", "a pay range without amounts or heading")
    kind = None
    if heading:
        kind = "ote" if _OTE.search(heading) else "base" if _BASE.search(heading) else None
    return Range(
        low=low and low / 100,
        high=high and high / 100,
        currency=currency(dig(found, "currency_type")),
        period=period(heading),
        kind=kind,
        label=words(dig(found, "title")),
    )


def _metadata(record: Record, *names: str) -> str | None:
    """A custom field that employers use by convention, by its name."""
    for entry in each(record, "metadata"):
        name = words(dig(entry, "name"))
        if name and name.lower() in names:
            value = dig(entry, "value")
            return joined(map(words, value), "; ") if isinstance(value, list) else words(value)
    return None
