"""One schema.org JobPosting to one posting row: every property may be an object, a list, a text or missing."""

from typing import Any

from ingestion.connectors.documents import Record, country, day_of, joined, present, prose, words
from ingestion.connectors.jsonld.money import pay


def posting(record: Record, request: str) -> Record:
    """The canonical fields of one JobPosting. Without an identifier of its own, its address names it."""
    url = _text(record.get("url")) or request.partition(" ")[2] or None
    identifier = _text(record.get("identifier"), "value", "name")
    skills = record.get("skills")
    return {
        "source_posting_id": identifier or url,
        "requisition_id": identifier,
        "url": url,
        "title": _text(record.get("title")) or _text(record.get("name")),
        "employer": _text(record.get("hiringOrganization"), "name", "legalName"),
        "places": _places(record),
        "country_hint": _country(record),
        "description": _described(record),
        "posted_on": day_of(_text(record.get("datePosted"))),
        "closes_on": day_of(_text(record.get("validThrough"))),
        "employment_text": _all(record.get("employmentType"), "name"),
        "remote_text": _all(record.get("jobLocationType"), "name"),
        "experience_text": _experience(record.get("experienceRequirements")),
        "industry_text": _all(record.get("industry"), "name"),
        "category_text": _all(record.get("occupationalCategory"), "name", "codeValue"),
        "skills_listed": present(*(_text(skill, "name") for skill in _many(skills)))
        if isinstance(skills, list)
        else None,
    } | pay(record)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any, *properties: str) -> str | None:
    """A text, or the first property of an object (or of a list's first element) that is one."""
    value = next(iter(_many(value)), None)
    if isinstance(value, dict):
        value = next((value[name] for name in (*properties, "@value") if value.get(name)), None)
    return None if isinstance(value, dict | list | bool) else words(value)


def _all(value: Any, *properties: str) -> str | None:
    return joined(present(*(_text(entry, *properties) for entry in _many(value))), ", ")


def _described(record: Record) -> str | None:
    """The description, then what sites put into properties of its own when the description does not hold it."""
    names = ("description", "responsibilities", "qualifications", "educationRequirements", "jobBenefits")
    texts = [next((v for v in _many(record.get(name)) if isinstance(v, str)), None) for name in names]
    parts = present(*(prose(text) for text in texts))
    whole = parts[0] if parts else ""
    return joined([whole, *(part for part in parts[1:] if part not in whole)], "\n\n")


def _address(place: Any) -> dict[str, Any]:
    address = place.get("address") if isinstance(place, dict) else None
    address = next(iter(_many(address)), None)
    return address if isinstance(address, dict) else {}


def _places(record: Record) -> list[str]:
    """City, region and country of each job location; for remote jobs, where applicants may live."""
    found: list[str | None] = []
    for place in _many(record.get("jobLocation")):
        parts = ("addressLocality", "addressRegion", "addressCountry")
        said = joined(present(*(_text(_address(place).get(part), "name") for part in parts)), ", ")
        plain = place.get("address") if isinstance(place, dict) else place
        found.append(said or _text(plain) or _text(place, "name"))
    if not any(found):
        found = [_text(area, "name") for area in _many(record.get("applicantLocationRequirements"))]
    return present(*found)


def _country(record: Record) -> str | None:
    """A hint only where every place names the same country by its code."""
    named = {_text(_address(place).get("addressCountry"), "name") for place in _many(record.get("jobLocation"))}
    return country(named.pop()) if len(named) == 1 else None


def _experience(value: Any) -> str | None:
    """A text, or OccupationalExperienceRequirements in months."""
    value = next(iter(_many(value)), None)
    if isinstance(value, dict) and value.get("monthsOfExperience"):
        return f"{_text(value['monthsOfExperience'])} months"
    return _text(value, "description", "name")
