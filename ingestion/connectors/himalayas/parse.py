"""One Himalayas job to one posting row."""

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
    words,
)
from ingestion.connectors.pay import Range, stated


def posting(record: Record) -> Record:
    """The canonical fields of one job; places are where candidates may live."""
    pay = Range(
        low=amount(record.get("minSalary")),
        high=amount(record.get("maxSalary")),
        currency=currency(record.get("currency")),
        period=period(words(record.get("salaryPeriod"))),
    )
    return {
        "source_posting_id": words(record.get("guid")),
        "url": words(record.get("applicationLink")),
        "title": words(record.get("title")),
        "employer": words(record.get("companyName")),
        "places": present(*(_place(place) for place in each(record, "locationRestrictions"))),
        "description": prose(record.get("description")) or prose(record.get("excerpt")),
        "posted_on": day_of(record.get("pubDate")),
        "closes_on": day_of(record.get("expiryDate")),
        "employment_text": words(record.get("employmentType")),
        "remote_text": "remote",  # the board takes no other jobs
        "seniority_text": joined([words(level) for level in each(record, "seniority")], ", "),
        "category_text": joined([words(name) for name in each(record, "parentCategories")], ", "),
        "skills_listed": present(*(_tag(name) for name in each(record, "categories"))) or None,
    } | stated([pay])


def _place(place: Any) -> str | None:
    return words(dig(place, "name")) if isinstance(place, dict) else words(place)


def _tag(name: Any) -> str | None:
    """ "AI-Evaluator" as words: the feed writes spaces as hyphens."""
    text = words(name)
    return text and text.replace("-", " ")
