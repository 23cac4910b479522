"""One Remotive job to one posting row."""

from ingestion.connectors.documents import Record, day_of, each, present, prose, words


def posting(record: Record) -> Record:
    """The canonical fields of one job; pay is free text, which normalisation reads."""
    return {
        "source_posting_id": words(record.get("id")),
        "url": words(record.get("url")),
        "title": words(record.get("title")),
        "employer": words(record.get("company_name")),
        "places": present(words(record.get("candidate_required_location"))),
        "description": prose(record.get("description")),
        "pay_text": words(record.get("salary")),
        "posted_on": day_of(record.get("publication_date")),
        "employment_text": (words(record.get("job_type")) or "").replace("_", " ") or None,
        "remote_text": "remote",  # the board takes no other jobs
        "category_text": words(record.get("category")),
        "skills_listed": present(*(words(tag) for tag in each(record, "tags"))) or None,
    }
