"""One record of JobSpy's table to one posting row."""

from ingestion.connectors.documents import Record, amount, currency, day_of, period, present, prose, words
from ingestion.connectors.pay import Range, stated


def posting(record: Record) -> Record:
    """The canonical fields of one record. E-mail addresses that JobSpy collects are not read."""
    board, key = words(record.get("site")), words(record.get("id"))
    remote = record.get("is_remote")
    return {
        "source_posting_id": f"{board}:{key}" if board and key else None,
        "url": words(record.get("job_url_direct")) or words(record.get("job_url")),
        "title": words(record.get("title")),
        "employer": words(record.get("company")),
        "places": present(words(record.get("location"))),
        "description": prose(record.get("description")),
        "posted_on": day_of(record.get("date_posted")),
        "employment_text": words(record.get("job_type")),
        "remote_text": "remote" if remote is True else None,
        "seniority_text": words(record.get("job_level")),
        "experience_text": words(record.get("experience_range")),
        "industry_text": words(record.get("company_industry")),
        "company_size_text": words(record.get("company_num_employees")),
        "category_text": words(record.get("job_function")),
    } | _pay(record, board)


def _pay(record: Record, board: str | None) -> Record:
    """Only what the board itself gave: amounts that JobSpy read out of a description are left to our own reading.

    LinkedIn writes "$" for every dollar and JobSpy calls it USD, so there the sign is kept and no currency is claimed.
    """
    if words(record.get("salary_source")) != "direct_data":
        return {}
    found = Range(
        low=amount(record.get("min_amount")),
        high=amount(record.get("max_amount")),
        currency=currency(record.get("currency")),
        period=period(words(record.get("interval"))),
    )
    if board == "linkedin" and found.currency == "USD":
        bare = Range(found.low, found.high, None, found.period)
        return {"pay_text": f"${bare.text}" if bare.text else None}
    return stated([found])
