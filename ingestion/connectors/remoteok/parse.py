"""One Remote OK job to one posting row."""

from ingestion.connectors.documents import Record, amount, day_of, each, present, prose, words
from ingestion.connectors.pay import Range, stated


def posting(record: Record) -> Record:
    """The canonical fields of one job.

    Pay is a yearly amount in US dollars, as the board's form asks for it; where the employer gave none the board
    fills in its own estimate without a mark, so all of it counts as estimated.
    """
    pay = Range(amount(record.get("salary_min")), amount(record.get("salary_max")), "USD", "year", "estimated")
    return {
        "source_posting_id": words(record.get("id")),
        "url": words(record.get("url")),
        "title": words(record.get("position")),
        "employer": words(record.get("company")),
        "places": present(words(record.get("location"))),
        "description": prose(record.get("description")),
        "posted_on": day_of(record.get("date") or record.get("epoch")),
        "remote_text": "remote",  # the board takes no other jobs
        "skills_listed": present(*(words(tag) for tag in each(record, "tags"))) or None,
    } | stated([pay])
