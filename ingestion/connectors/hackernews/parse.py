"""One top-level comment of a hiring thread to one posting row.

By custom the first line reads "Company | Role | Place | Remote | Full-time | Pay | link", in any order after the
company. A comment that does not keep to it has no title that could be read without guessing: rejected as no_title.
"""

import re
from dataclasses import dataclass, field

from ingestion.connectors.documents import Record, Rejected, day_of, joined, present, words
from ingestion.connectors.text import plain

_ROLE = re.compile(
    r"engineer|develop|designer|scientist|analyst|manager|architect|lead\b|head of|director|founding|full[- ]?stack"
    r"|back[- ]?end|front[- ]?end|devops|\bsre\b|\bswe\b|\bqa\b|researcher|consultant|product|marketing|sales|support"
    r"|recruiter|writer|\broles?\b|positions?|programmer|administrator|specialist|intern\b|officer|\bcto\b|tech",
    re.I,
)
_LINK = re.compile(r"https?://|www\.|^[\w.-]+\.(?:com|io|org|net|dev|ai|co|app)(?:/\S*)?$", re.I)
_PAY = re.compile(r"[$€£¥₹]\s?\d|\d\s?[kK]\b|\b(?:USD|EUR|GBP|CHF|CAD|AUD)\b|salary|equity", re.I)
_REMOTE = re.compile(r"remote|on[- ]?site|hybrid|in[- ]office|in person|wfh", re.I)
_EMPLOYMENT = re.compile(r"full[- ]?time|part[- ]?time|contract|intern(?:ship)?s?\b|freelance|permanent", re.I)


@dataclass
class _Head:
    """The parts of a first line by what they look like; a part is one thing only, in the order of the checks."""

    title: str | None = None
    links: list[str] = field(default_factory=list)
    pay: list[str] = field(default_factory=list)
    remote: list[str] = field(default_factory=list)
    employment: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)

    def take(self, part: str) -> None:
        for pattern, kept in ((_LINK, self.links), (_PAY, self.pay), (_REMOTE, self.remote)):
            if pattern.search(part):
                kept.append(part)
                return
        if _EMPLOYMENT.search(part) and len(part) < 40 and not (self.title is None and _ROLE.search(part)):
            self.employment.append(part)
        elif self.title is None and _ROLE.search(part):
            self.title = part
        else:
            self.places.append(part)


def posting(record: Record) -> Record:
    """The canonical fields of one comment. Comments removed by their authors or moderators have no text."""
    text = record.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Rejected("no_text", "the comment was removed")
    body = plain(text)
    company, *parts = [part.strip() for part in body.partition("\n")[0].split("|")]
    if not parts:
        raise Rejected("no_title", 'the first line is not "Company | Role | ..."')
    head = _Head()
    for part in filter(None, parts):
        head.take(part)
    key = words(record.get("id"))
    return {
        "source_posting_id": key,
        "url": key and f"https://news.ycombinator.com/item?id={key}",
        "title": head.title,
        "employer": company or None,
        "places": present(*head.places, *(part for part in head.remote if "," in part or "(" in part)),
        "description": body,
        "pay_text": joined(head.pay, "; "),
        "posted_on": day_of(record.get("created_at")),
        "remote_text": joined(head.remote, "; "),
        "employment_text": joined(head.employment, "; "),
    }
