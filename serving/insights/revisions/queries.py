"""From a question to the cell's figures in each release, and what changed them."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from kit.lookup import Row
from kit.releases.explained import causes_of
from serving.doors import as_bytes
from serving.insights.envelope import Reason, reason_of
from serving.insights.revisions.schemas import RevisionsQuestion
from serving.insights.salaries.cells import Cell, filter_of
from serving.insights.salaries.queries import cell_of, effective_query
from serving.reader import Reader

# name in the answer -> column of the marts
FIGURES = {"p10": "p10", "p25": "p25", "median": "p50", "p75": "p75", "p90": "p90", "average": "mean"}
COUNTS = ("n_observations", "n_employers")


def revisions(readers: list[Reader], question: RevisionsQuestion) -> bytes:
    """The answer's JSON, of the shape RevisionsAnswer. The latest release says what the question means."""
    latest = readers[-1]
    occupation, place = latest.resolver.occupation(question.job_title), latest.resolver.place(question.location)
    chosen = filter_of(question, occupation)
    known = not chosen.several and chosen.unknown is None and place.id is not None
    cell = cell_of(question, occupation, place, chosen) if known else None
    row = cell.row(latest) if cell else None
    basis = row["basis"] if row else question.basis
    cell = _of_basis(cell, basis)
    rows = [cell.row(reader) if cell else None for reader in readers]
    reason: Reason | None = None if cell else "not_covered"
    return as_bytes(
        {
            "job_title": question.job_title,
            "location": question.location,
            "release": latest.id,
            "basis": basis,
            "currency": row["currency"] if row else None,
            "reason": reason if row or reason else "no_data",
            "effective_query": effective_query(occupation, place, chosen, question.period, basis),
            "vintages": [_vintage(reader, one) for reader, one in zip(readers, rows, strict=True)] if cell else [],
            "revisions": _revisions(readers, rows, cell) if cell else [],
        }
    )


def _of_basis(cell: Cell | None, basis: str | None) -> Cell | None:
    """One basis through all releases: its figures and another's are not the same thing."""
    return replace(cell, basis=basis) if cell and basis else cell


def _vintage(reader: Reader, row: Row | None) -> dict[str, Any]:
    stamp = {name: reader.stamp[name] for name in ("release", "released_at", "captured_to")}
    return stamp | {
        "method": row["method"] if row else None,
        "reason": reason_of(row["reason"] if row else "no_data") if row is None or row["reason"] else None,
        **{name: row[name] if row else 0 for name in COUNTS},
        "figures": {name: row.get(column) if row else None for name, column in FIGURES.items()},
    }


def _revisions(readers: list[Reader], rows: list[Row | None], cell: Cell) -> list[dict[str, Any]]:
    found = []
    for (before, after), (old, new) in zip(pairwise(readers), pairwise(rows), strict=True):
        changed = [
            one
            for name, column in [*FIGURES.items(), *zip(COUNTS, COUNTS, strict=True)]
            if (one := _changed(name, (old or {}).get(column), (new or {}).get(column)))
        ]
        if changed:
            causes, of = _causes(before, after, cell)
            found.append(
                {"before": before.id, "after": after.id, "causes": causes, "causes_of": of, "changed": changed}
            )
    return found


def _changed(name: str, before: float | None, after: float | None) -> dict[str, Any] | None:
    if before == after:
        return None
    change = after / before - 1 if before and after is not None else None
    return {"figure": name, "before": before, "after": after, "change": change}


def _causes(before: Reader, after: Reader, cell: Cell) -> tuple[list[str] | None, str | None]:
    """Of the cell where the two releases were explained, else all that differs between the two."""
    table, keys = cell.address(after)
    explained = causes_of(after.release.folder.parent, before.id, after.id, table, keys)
    if explained is not None:
        return explained, "cell"
    told = after.release.facts.get("changes") or {}
    causes = told.get("causes")
    return (causes, "release") if told.get("since") == before.id and causes is not None else (None, None)
