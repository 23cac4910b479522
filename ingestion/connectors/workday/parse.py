"""One Workday posting, from the listing or from its own page, to one posting row."""

import re
from dataclasses import dataclass
from datetime import date

from ingestion.connectors.documents import (
    Record,
    country,
    day_ago,
    day_of,
    dig,
    each,
    part,
    present,
    prose,
    words,
)

_COUNTED = re.compile(r"\d+ Locations", re.I)


@dataclass(frozen=True)
class Site:
    """One career site: `host` is "tenant.wdN"."""

    host: str
    name: str

    @classmethod
    def of(cls, board: str) -> "Site":
        host, _, name = board.partition("/")
        return cls(host, name)

    @property
    def board(self) -> str:
        return f"{self.host}/{self.name}"

    @property
    def tenant(self) -> str:
        return self.host.partition(".")[0]

    @property
    def address(self) -> str:
        return f"https://{self.host}.myworkdayjobs.com"


def listed(record: Record, site: Site, employer: str | None, day: date) -> Record:
    """A listing's entry: no description, and "2 Locations" where there are several."""
    path = words(record.get("externalPath"))
    place = words(record.get("locationsText"))
    return _identity(path, site) | {
        "requisition_id": next(iter(present(*(words(field) for field in each(record, "bulletFields")))), None),
        "title": words(record.get("title")),
        "employer": employer or site.tenant,
        "places": [] if place and _COUNTED.fullmatch(place) else present(place),
        "remote_text": words(record.get("remoteType")),
        "posted_on": day_ago(words(record.get("postedOn")), day),
    }


def detailed(record: Record, site: Site, employer: str | None, day: date) -> Record:
    """A posting's own page. `startDate` is the day of posting; "Posted 4 Days Ago" stands in where it is absent."""
    url = words(dig(record, "jobPostingInfo", "externalUrl"))
    path = "/job/" + url.partition("/job/")[2] if url and "/job/" in url else None
    info = part(record, "jobPostingInfo")
    elsewhere = (words(place) for place in each(info, "additionalLocations"))
    return _identity(path or words(info.get("jobPostingId")), site) | {
        "requisition_id": words(info.get("jobReqId")),
        "url": url,
        "title": words(info.get("title")),
        "employer": employer or words(dig(record, "hiringOrganization", "name")) or site.tenant,
        "places": present(words(info.get("location")), *elsewhere),
        "country_hint": country(dig(info, "country", "alpha2Code")),
        "description": prose(info.get("jobDescription")),
        "posted_on": day_of(info.get("startDate")) or day_ago(words(info.get("postedOn")), day),
        "closes_on": day_of(info.get("endDate")),
        "employment_text": words(info.get("timeType")),
        "remote_text": words(info.get("remoteType")),
    }


def _identity(path: str | None, site: Site) -> Record:
    """The path's last part names the posting within its tenant, in the listing and on its page alike."""
    slug = path and path.rstrip("/").rpartition("/")[2]
    key = slug and f"{site.tenant}/{slug}"
    return {
        "source_posting_id": key,
        "ats_id": key and f"workday:{key}",
        "url": f"{site.address}/{site.name}{path}" if path and path.startswith("/") else None,
    }
