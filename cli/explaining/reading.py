"""A posting as somebody has it (plain text, HTML, JSON-LD, a file, standard input) to one canonical row."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from ingestion import canonical
from ingestion.connector import MalformedPage
from ingestion.connectors.jsonld.extract import job_postings
from ingestion.connectors.jsonld.parse import posting
from ingestion.connectors.text import plain
from ingestion.schema import FRAMES, PROVENANCE
from kit.errors import BadInput

# Lines before the body by which a plain text says what it is.
LABELS = {
    "title": "title", "job title": "title", "position": "title", "role": "title",
    "company": "employer", "employer": "employer", "organisation": "employer", "organization": "employer",
    "location": "places", "place": "places", "salary": "pay_text", "pay": "pay_text", "compensation": "pay_text",
    "url": "url", "requisition": "requisition_id", "job id": "requisition_id", "req id": "requisition_id",
}  # fmt: skip
_LABEL = re.compile(rf"\s*({'|'.join(sorted(LABELS, key=len, reverse=True))})\s*:\s*(\S.*)", re.I)
LONGEST_TITLE = 120
_SENTENCE_END = re.compile(r"(?<=\w{4}|.{3}\))[.;]\s")  # no short form such as "Sr."
LARGEST = 20_000_000  # bytes: no posting is larger
CONTENT = [name for name in FRAMES["postings"] if name not in PROVENANCE and name != "posting_id"]


def read_posting(given: str | None, said: dict[str, Any]) -> pl.DataFrame:
    """One row of ingestion.schema.POSTINGS from a text, a file's name or "-"; what is `said` beside it counts first.

    Raises BadInput where there is no posting in it, with what was found instead.
    """
    fields = _fields(_bytes(given)) if given is not None else {}
    fields |= {name: value for name, value in said.items() if value not in (None, [], ())}
    if not fields.get("title"):
        raise BadInput("a posting needs a title: as its first line, as `Title: ...`, or with --title")
    fields["source_posting_id"] = str(fields.get("source_posting_id") or "explained")
    found = canonical.conform("postings", [fields], "explained", datetime.now(UTC).date(), "explained")
    if found.rows.is_empty():
        why = found.rejected.select("reason", "detail").row(0)
        raise BadInput(f"the pipeline would reject this posting: {' '.join(filter(None, why))}")
    return canonical.settle("postings", [found.rows]).rows


def _bytes(given: str) -> bytes:
    if given == "-":
        return sys.stdin.buffer.read(LARGEST)
    try:
        path = Path(given)
        return path.read_bytes()[:LARGEST] if path.is_file() else given.encode()
    except (OSError, ValueError):  # too long or too odd to be a file's name: it is a text
        return given.encode()


def _fields(body: bytes) -> dict[str, Any]:
    """What a document says of the posting, by its kind."""
    text = body.decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if text.startswith(("{", "[")):
        return _of_json(body, text)
    if text.startswith("<"):
        try:
            found = job_postings(body, "text/html; charset=utf-8")
        except MalformedPage:
            found = []  # a page whose JSON-LD is broken still has its words
        return _of_record(found[0]) if found else _of_text(plain(text))
    return _of_text(text)


def _of_json(body: bytes, text: str) -> dict[str, Any]:
    """A JobPosting, or an object of this project's own canonical fields."""
    try:
        found = job_postings(body, "application/json")
    except MalformedPage as error:
        raise BadInput(str(error)) from None
    if found:
        return _of_record(found[0])
    first = json.loads(text)
    first = first[0] if isinstance(first, list) and first else first
    known = {name: first[name] for name in CONTENT if name in first} if isinstance(first, dict) else {}
    if not known:
        raise BadInput(
            "this JSON holds no JobPosting of schema.org and none of the canonical fields (title, places ...)"
        )
    return known


def _of_record(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in posting(record, "GET ").items() if value is not None}


def _of_text(text: str) -> dict[str, Any]:
    """Labelled lines before the body are fields; without a `Title:` the first line is the title when it is short.

    Of a longer first line (all of a posting in one) it is the first sentence, when that is short.
    """
    fields: dict[str, Any] = {}
    lines = text.strip().splitlines()
    at = 0
    for at, line in enumerate(lines):
        label = _LABEL.fullmatch(line)
        if label:
            fields.setdefault(LABELS[label[1].lower()], label[2].strip())
        elif at == 0 and len(line.strip()) <= LONGEST_TITLE:
            fields["title"] = line.strip()
        elif line.strip():
            leading = _SENTENCE_END.split(line.strip(), maxsplit=1)[0]
            if at == 0 and len(leading) <= LONGEST_TITLE:
                fields["title"] = leading
            break
    else:
        at = len(lines)
    if "places" in fields:
        fields["places"] = [fields["places"]]
    description = "\n".join(lines[at:]).strip()
    return fields | ({"description": description} if description else {})
