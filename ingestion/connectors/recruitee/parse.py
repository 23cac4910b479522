"""One Recruitee offer to one posting row."""

from ingestion.connectors.documents import (
    Record,
    Rejected,
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


def posting(record: Record) -> Record:
    """The canonical fields of one offer; the employer's own status decides whether it counts."""
    status = words(record.get("status"))
    if status not in (None, "published"):
        raise Rejected("not_listed", f"the offer's status is {status}")
    key = words(record.get("id"))
    return {
        "source_posting_id": key,
        "ats_id": key and f"recruitee:{key}",
        "url": words(record.get("careers_url")),
        "title": words(record.get("title")),
        "employer": words(record.get("company_name")),
        "places": _places(record),
        "country_hint": country(record.get("country_code")),
        "description": joined([prose(record.get("description")), prose(record.get("requirements"))], "\n\n"),
        "posted_on": day_of(record.get("published_at") or record.get("created_at")),
        "closes_on": day_of(record.get("close_at")),
        "employment_text": _code(record, "employment_type_code"),
        "remote_text": joined([flag for flag in ("remote", "hybrid", "on_site") if record.get(flag) is True], ", "),
        "seniority_text": _code(record, "experience_code"),
        "category_text": joined([words(record.get("department")), _code(record, "category_code")], " / "),
        "skills_listed": present(*(words(tag) for tag in each(record, "tags"))) or None,
    } | _pay(record)


def _places(record: Record) -> list[str]:
    """Every location as "city, state, country"; the offer's own text where it lists none."""
    listed = (
        joined(present(*(words(dig(place, part)) for part in ("city", "state", "country"))), ", ")
        for place in each(record, "locations")
    )
    return present(*listed) or present(words(record.get("location")))


def _pay(record: Record) -> Record:
    """`salary` is what the employer entered for the job's pay, in text or number; its period is a plain word."""
    return stated(
        [
            Range(
                low=amount(dig(record, "salary", "min")),
                high=amount(dig(record, "salary", "max")),
                currency=currency(dig(record, "salary", "currency")),
                period=period(words(dig(record, "salary", "period"))),
            )
        ]
    )


def _code(record: Record, name: str) -> str | None:
    """ "fulltime_permanent" as words."""
    text = words(record.get(name))
    return text and text.replace("_", " ")
