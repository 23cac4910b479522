"""One SmartRecruiters posting, from the listing or with its text, to one posting row."""

from ingestion.connectors.documents import Record, Rejected, country, day_of, dig, joined, present, prose, words

SECTIONS = ("companyDescription", "jobDescription", "qualifications", "additionalInformation")


def posting(record: Record, employer: str | None) -> Record:
    """The canonical fields of one posting; the listing alone has no description."""
    if record.get("active") is False:
        raise Rejected("not_listed", "the posting is no longer active")
    key = words(record.get("id"))
    company = words(dig(record, "company", "identifier"))
    return {
        "source_posting_id": key,
        "ats_id": key and f"smartrecruiters:{key}",
        "requisition_id": words(record.get("refNumber")),
        "url": words(record.get("postingUrl"))
        or (f"https://jobs.smartrecruiters.com/{company}/{key}" if company and key else None),
        "title": words(record.get("name")),
        "employer": words(dig(record, "company", "name")) or employer,
        "places": present(_place(record)),
        "country_hint": country(dig(record, "location", "country")),
        "description": _description(record),
        "posted_on": day_of(record.get("releasedDate")),
        "employment_text": words(dig(record, "typeOfEmployment", "label")),
        "remote_text": _remote(record),
        "seniority_text": words(dig(record, "experienceLevel", "label")),
        "industry_text": words(dig(record, "industry", "label")),
        "category_text": words(dig(record, "function", "label")) or words(dig(record, "department", "label")),
    }


def _place(record: Record) -> str | None:
    whole = words(dig(record, "location", "fullLocation"))
    return whole or joined([words(dig(record, "location", part)) for part in ("city", "region", "country")], ", ")


def _remote(record: Record) -> str | None:
    for flag in ("remote", "hybrid"):
        if dig(record, "location", flag) is True:
            return flag
    return None


def _description(record: Record) -> str | None:
    """The advertisement's sections under their headings, in the order of the page."""
    parts = (dig(record, "jobAd", "sections", name) for name in SECTIONS)
    return joined([joined([words(dig(part, "title")), prose(dig(part, "text"))]) for part in parts if part], "\n\n")
