"""One Lever posting to one posting row."""

from ingestion.connectors.documents import (
    Record,
    amount,
    country,
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


def posting(record: Record, employer: str | None) -> Record:
    """The canonical fields of one posting; Lever never names the employer, so the board's name stands for it."""
    key = words(record.get("id"))
    places = present(*(words(place) for place in each(record, "categories", "allLocations")))
    return {
        "source_posting_id": key,
        "ats_id": key and f"lever:{key}",
        "url": words(record.get("hostedUrl")),
        "title": words(record.get("text")),
        "employer": employer,
        "places": places or present(words(dig(record, "categories", "location"))),
        "country_hint": country(record.get("country")),
        "description": _description(record),
        "posted_on": day_of(record.get("createdAt")),
        "employment_text": words(dig(record, "categories", "commitment")),
        "remote_text": _unless(words(record.get("workplaceType")), "unspecified"),
        "seniority_text": words(dig(record, "categories", "level")),
        "category_text": joined(
            [words(dig(record, "categories", "department")), words(dig(record, "categories", "team"))], " / "
        ),
    } | _pay(record)


def _pay(record: Record) -> Record:
    """`salaryRange` is the wage itself ("per-year-salary", "per-hour-wage"): base pay. Other intervals say no kind."""
    note = prose(record.get("salaryDescriptionPlain") or record.get("salaryDescription"))
    interval = words(dig(record, "salaryRange", "interval"))
    found = Range(
        low=amount(dig(record, "salaryRange", "min")),
        high=amount(dig(record, "salaryRange", "max")),
        currency=currency(dig(record, "salaryRange", "currency")),
        period=period(interval),
        kind="base" if period(interval) else None,
    )
    return stated([found], joined([found.text, note], "\n"))


def _description(record: Record) -> str | None:
    """The parts in the order in which the page shows them: text, headed lists, closing."""
    lists = [joined([words(dig(part, "text")), prose(dig(part, "content"))]) for part in each(record, "lists")]
    opening = prose(record.get("descriptionPlain") or record.get("description"))
    closing = prose(record.get("additionalPlain") or record.get("additional"))
    return joined([opening, *lists, closing], "\n\n")


def _unless(text: str | None, nothing: str) -> str | None:
    return None if text == nothing else text
