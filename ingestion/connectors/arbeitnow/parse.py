"""One Arbeitnow job to one posting row."""

from ingestion.connectors.documents import Record, day_of, each, joined, present, prose, words


def posting(record: Record) -> Record:
    """The canonical fields of one job; descriptions come with their HTML escaped once more."""
    return {
        "source_posting_id": words(record.get("slug")),
        "url": words(record.get("url")),
        "title": words(record.get("title")),
        "employer": words(record.get("company_name")),
        "places": present(words(record.get("location"))),
        "description": prose(record.get("description")),
        "posted_on": day_of(record.get("created_at")),
        "employment_text": joined([words(kind) for kind in each(record, "job_types")], ", "),
        "remote_text": "remote" if record.get("remote") is True else None,
        "category_text": joined([words(tag) for tag in each(record, "tags")], ", "),
    }
