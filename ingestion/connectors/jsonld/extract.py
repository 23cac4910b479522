"""JobPosting objects out of a document: HTML with JSON-LD scripts, a JSON document, or JSON lines."""

import json
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from ingestion.connector import MalformedPage
from ingestion.connectors.documents import charset_of


def job_postings(body: bytes, media_type: str) -> list[dict[str, Any]]:
    """Every JobPosting, also within lists and `@graph`; raises MalformedPage when none can be read for broken JSON."""
    text = body.decode(charset_of(media_type) or "utf-8", "replace").lstrip("\ufeff \r\n\t")
    if text.startswith("<"):
        scripts = LexborHTMLParser(text).css('script[type^="application/ld+json"]')
        blocks = [node.text(deep=True, strip=True) for node in scripts]
    else:
        blocks = [text]
    found: list[dict[str, Any]] = []
    broken: list[MalformedPage] = []
    for block in filter(None, blocks):
        try:
            found += [posting for document in _documents(block) for posting in _postings(document)]
        except MalformedPage as error:
            broken.append(error)  # often a breadcrumb list of the site's theme, no matter to the job beside it
    if broken and not found:
        raise broken[0]
    return found


def _documents(block: str) -> list[Any]:
    """One JSON document, or one a line; line ends within strings and comment marks around are sites' habits."""
    block = block.removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
    try:
        return [json.loads(block, strict=False)]
    except ValueError as error:
        try:
            return [json.loads(line) for line in block.splitlines() if line.strip()]
        except ValueError:
            raise MalformedPage(f"JSON-LD that is no JSON ({error}); it starts {block[:60]!r}") from None


def _postings(value: Any) -> Iterator[dict[str, Any]]:
    """Depth first, in document order. A JobPosting within a JobPosting is not a second job."""
    if isinstance(value, list):
        for entry in value:
            yield from _postings(entry)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        names = kinds if isinstance(kinds, list) else [kinds]
        if any(str(name).rpartition("/")[2].rpartition(":")[2] == "JobPosting" for name in names):
            yield value
        else:
            for key in ("@graph", "mainEntity", "itemListElement", "item", "hasPart"):
                yield from _postings(value.get(key))
