"""From a question to a page of covered cells."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from kit.lookup import Row
from serving.doors import as_bytes
from serving.insights.coverage.schemas import CoverageQuestion, CoveredCell
from serving.insights.envelope import reason_of
from serving.problems import Problem
from serving.reader import Reader
from serving.resolving import Occupation, Place, suggestions

TABLE = "mart_coverage"
SEPARATOR = "\x1f"
FIELDS = tuple(CoveredCell.model_fields)


def coverage(reader: Reader, question: CoverageQuestion) -> bytes:
    """The answer's JSON, of the shape CoverageAnswer. Raises Problem for a cursor that is none of ours."""
    occupation = reader.resolver.occupation(question.job_title) if question.job_title else None
    place = reader.resolver.place(question.location) if question.location else None
    unresolved = (occupation is not None and occupation.code is None) or (place is not None and place.id is None)
    page: list[Row] = []
    more = False
    for row in () if unresolved else _matching(reader, question, occupation, place):
        if len(page) == question.limit:
            more = True
            break
        page.append(row)
    keys = reader.keys(TABLE)
    return as_bytes(
        {
            **reader.stamp,
            "as_of": question.as_of,
            "period": question.period,
            "basis": question.basis,
            "occupation": occupation.told() if occupation else None,
            "place": place.told() if place else None,
            "suggestions": _suggestions(reader, question, occupation, place),
            "cells": [_told(row) for row in page],
            "next_cursor": _cursor([str(page[-1][key]) for key in keys]) if more else None,
        }
    )


def _matching(
    reader: Reader, question: CoverageQuestion, occupation: Occupation | None, place: Place | None
) -> Iterator[Row]:
    """Rows that pass every filter, from behind the cursor on; keys are tried before a row is decoded."""
    wanted = {"period": question.period, "basis": question.basis}
    level = occupation.level if occupation else question.occupation_level
    if question.occupation_level is not None and level != question.occupation_level:
        return
    filters = {
        "occupation_level": level,
        "occupation_code": occupation.code if occupation else None,
        "place_level": question.place_level,
        "place_id": place.id if place else None,
    }
    wanted |= {name: value for name, value in filters.items() if value is not None}
    after = _parsed(question.cursor, len(reader.keys(TABLE))) if question.cursor else None
    for row in reader.matching(TABLE, wanted, after):
        if question.published is None or row["published"] == question.published:
            yield row


def _told(row: Row) -> dict[str, Any]:
    cell = {field: row[field] for field in FIELDS}
    return cell | {"reason": reason_of(row["reason"]) if row["reason"] else None}


def _suggestions(
    reader: Reader, question: CoverageQuestion, occupation: Occupation | None, place: Place | None
) -> list[dict[str, Any]]:
    found = []
    if question.job_title and occupation is not None and occupation.code is None:
        known = list(reader.covered_occupations.values())
        found.append({"parameter": "job_title", "did_you_mean": suggestions(question.job_title, known)})
    if question.location and place is not None and place.id is None:
        known = list(reader.covered_places.values())
        found.append({"parameter": "location", "did_you_mean": suggestions(question.location, known)})
    return found


def _cursor(keys: list[str]) -> str:
    return base64.urlsafe_b64encode(SEPARATOR.join(keys).encode()).decode().rstrip("=")


def _parsed(cursor: str, count: int) -> tuple[str, ...]:
    try:
        keys = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split(SEPARATOR)
    except (binascii.Error, ValueError):
        keys = []
    if len(keys) != count:
        message = "not a cursor of this door"
        raise Problem("invalid-parameter", f"cursor: {message}", faults=[{"parameter": "cursor", "message": message}])
    return tuple(keys)
