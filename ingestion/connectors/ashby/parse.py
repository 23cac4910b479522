"""One Ashby job to one posting row, in the public form or in the form that Ashby's own board pages use."""

from typing import Any

from ingestion.connectors.documents import (
    Record,
    Rejected,
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

# Commission alone is a target, not a wage; equity in percent is no amount of money at all.
KINDS = {"Salary": "base", "Commission": "bonus", "Bonus": "bonus", "EquityCashValue": "equity"}


def posting(record: Record, employer: str | None) -> Record:
    """The canonical fields of one job; Ashby never names the employer, so the board's name stands for it."""
    if record.get("isListed") is False:
        raise Rejected("not_listed", "the employer does not list this job")
    key = words(record.get("id"))
    return {
        "source_posting_id": key,
        "ats_id": key and f"ashby:{key}",
        "requisition_id": words(record.get("jobRequisitionId")),
        "url": words(record.get("jobUrl")),
        "title": words(record.get("title")),
        "employer": employer,
        "places": _places(record),
        "description": prose(record.get("descriptionHtml") or record.get("descriptionPlain")),
        "posted_on": day_of(record.get("publishedAt") or record.get("publishedDate")),
        "closes_on": day_of(record.get("applicationDeadline")),
        "employment_text": words(record.get("employmentType")),
        "remote_text": words(record.get("workplaceType")) or ("Remote" if record.get("isRemote") is True else None),
        "category_text": joined(
            [
                words(record.get("department") or record.get("departmentName")),
                words(record.get("team") or record.get("teamName")),
            ],
            " / ",
        ),
    } | _pay(record)


def _places(record: Record) -> list[str]:
    """The board's own place names, then each secondary place; the postal address where a name is missing."""
    found = [record, *each(record, "secondaryLocations")]
    names = (words(dig(place, "location") or dig(place, "locationName")) or _address(place) for place in found)
    return present(*names)


def _address(place: Any) -> str | None:
    parts = ("addressLocality", "addressRegion", "addressCountry")
    return joined([words(dig(place, "address", "postalAddress", part)) for part in parts], ", ")


def _pay(record: Record) -> Record:
    """Components keep their kinds; a tier is one place's or level's offer, so all tiers' salaries are read."""
    tiers = each(record, "compensation", "compensationTiers")
    components = [part for tier in tiers for part in each(tier, "components")]
    if not components:
        components = each(record, "compensation", "summaryComponents")
    ranges = [_range(part) for part in components if words(dig(part, "compensationType")) in KINDS]
    summary = dig(record, "compensation", "compensationTierSummary") or record.get("compensationTierSummary")
    return stated(ranges, words(summary))


def _range(part: Any) -> Range:
    """One component; its interval reads "1 YEAR", "1 HOUR", or "NONE" for a one-time amount."""
    return Range(
        low=amount(dig(part, "minValue")),
        high=amount(dig(part, "maxValue")),
        currency=currency(dig(part, "currencyCode")),
        period=period(words(dig(part, "interval"))),
        kind=KINDS[dig(part, "compensationType")],
        label=words(dig(part, "label")),
    )
