"""One USAJOBS announcement to one posting row."""

from typing import Any

from ingestion.connectors.documents import Record, amount, day_of, dig, each, joined, part, present, prose, words
from ingestion.connectors.pay import Range, stated

# OPM's rate interval codes; fee basis, piece work, stipends and school years are no period of ours.
PERIODS = {"PA": "year", "PM": "month", "BW": "fortnight", "PD": "day", "PH": "hour"}
TEXTS = {"Per Year": "PA", "Per Month": "PM", "Bi-weekly": "BW", "Per Day": "PD", "Per Hour": "PH"}


def posting(record: Record) -> Record:
    """The canonical fields of one announcement. Contacts of the agency are not read at all."""
    job = part(record, "MatchedObjectDescriptor")
    details = part(job, "UserArea", "Details")
    series = next((words(dig(found, "Code")) for found in each(job, "JobCategory")), None)
    return {
        "source_posting_id": words(record.get("MatchedObjectId")),
        "requisition_id": words(job.get("PositionID")),
        "url": words(job.get("PositionURI")),
        "title": words(job.get("PositionTitle")),
        "employer": words(job.get("OrganizationName")) or words(job.get("DepartmentName")),
        "places": present(*(words(dig(place, "LocationName")) for place in each(job, "PositionLocation"))),
        "country_hint": _country(job),
        "description": _description(job, details),
        "posted_on": day_of(job.get("PublicationStartDate")),
        "closes_on": day_of(job.get("ApplicationCloseDate")),
        "employment_text": joined(_names(job, "PositionSchedule") + _names(job, "PositionOfferingType"), ", "),
        "remote_text": _remote(details),
        "seniority_text": _grade(job, details),
        "industry_text": "public administration",  # the API carries federal positions alone
        "category_text": joined(_names(job, "JobCategory"), "; "),
        "occupation_code": series and f"opm:{series}",
    } | stated([_range(found) for found in each(job, "PositionRemuneration")])


def _range(found: Any) -> Range:
    """The rate of pay for the position: base pay, with its locality part."""
    code = words(dig(found, "RateIntervalCode")) or ""
    return Range(
        low=amount(dig(found, "MinimumRange")),
        high=amount(dig(found, "MaximumRange")),
        currency="USD",
        period=PERIODS.get(TEXTS.get(code, code)),
        kind="base",
    )


def _country(job: Record) -> str | None:
    """A hint only where every place agrees: federal jobs are abroad too."""
    named = {words(dig(place, "CountryCode")) for place in each(job, "PositionLocation")}
    return "US" if named in ({"United States"}, {"US"}) else None


def _description(job: Record, details: Record) -> str | None:
    """Summary, duties and what is asked for; duties come as a list or as one text."""
    duties = details.get("MajorDuties")
    parts = [
        prose(details.get("JobSummary")),
        *(prose(duty) for duty in (duties if isinstance(duties, list) else [duties])),
        prose(details.get("Requirements")),
        prose(details.get("Education")),
        prose(job.get("QualificationSummary")),
    ]
    return joined(present(*parts), "\n\n")


def _remote(details: Record) -> str | None:
    if details.get("RemoteIndicator") is True:
        return "remote"
    return "telework eligible" if details.get("TeleworkEligible") is True else None


def _grade(job: Record, details: Record) -> str | None:
    """Pay plan and grades as federal staff write them: GS-11/12."""
    plan = next((words(dig(found, "Code")) for found in each(job, "JobGrade")), None)
    grades = present(words(details.get("LowGrade")), words(details.get("HighGrade")))
    return joined([plan, "/".join(grades)], "-")


def _names(job: Record, key: str) -> list[str]:
    return present(*(words(dig(found, "Name")) for found in each(job, key)))
