"""From a question to the answer of salary-insights: resolve, find the cell, tell it with its evidence."""

from typing import Any, NamedTuple

from kit.lookup import Row
from serving.doors import as_bytes, joined, kept
from serving.insights.envelope import Reason, absent, figure, reason_of
from serving.insights.salaries.cells import ALL, BANDS, Cell, Filter, alternatives, filter_of
from serving.insights.salaries.schemas import SalaryQuestion
from serving.insights.salaries.trends import trend, unknown_trend
from serving.reader import Reader
from serving.resolving import Occupation, Place, suggestions

# name in the answer -> column of the marts
RANGE = {"min": "p5", "max": "p95", "median": "p50", "average": "mean"}
SPLIT_LEVELS = ("detailed", "major")  # occupations that have cells with a filter
PERCENTILES = {"25th": "p25", "50th": "p50", "75th": "p75", "90th": "p90"}


class Told(NamedTuple):
    """What is said of one cell, whoever asks: encoded once and remembered with the release."""

    basis: str | None
    figures: bytes  # members of the answer
    evidence: bytes  # members of its evidence


def salary_insights(reader: Reader, question: SalaryQuestion) -> bytes:
    """The answer's JSON, of the shape SalaryAnswer."""
    occupation = reader.resolver.occupation(question.job_title)
    place = reader.resolver.place(question.location)
    chosen = filter_of(question, occupation)
    cell = cell_of(question, occupation, place, chosen)
    known = not chosen.several and chosen.unknown is None and place.id is not None
    key = (cell, place.id, place.parents, known)
    told = reader.remembered(key, lambda: _tell(reader, cell, occupation, place, known))
    own = {
        **reader.stamp,
        "as_of": question.as_of,
        "effective_query": effective_query(occupation, place, chosen, question.period, told.basis or question.basis),
        "suggestions": _suggestions(reader, question, occupation, place, chosen),
    }
    echo = {"job_title": question.job_title, "location": question.location}
    evidence = joined(as_bytes(own), told.evidence)
    return joined(as_bytes(echo), told.figures, b'{"evidence":%b}' % evidence)


def cell_of(question: SalaryQuestion, occupation: Occupation, place: Place, chosen: Filter) -> Cell | None:
    """The cell asked for, or the narrowest around a place that could not be told; None when nothing could."""
    where = (place.level, place.id) if place.level and place.id else next(iter(place.parents), None)
    if occupation.code is None or occupation.level is None or where is None:
        return None
    keys = (occupation.level, occupation.code, *where, question.period, question.basis)
    return Cell(*keys, chosen.dimension, chosen.value)


def _tell(reader: Reader, cell: Cell | None, occupation: Occupation, place: Place, known: bool) -> Told:
    """All that is said of the cell. `known`: it is the very cell that was asked for, and not the nearest to it."""
    row, reason = _found(reader, cell, known)
    basis = row["basis"] if row else None
    unit = f"{row['currency']} per year" if row else None
    shown = row if reason is None else None
    here = cell if place.id is not None else None
    moving = trend(reader, here, place.parents, basis or "advertised") if here else unknown_trend()
    figures = {
        "salary_range": {name: _value(shown, column) for name, column in RANGE.items()}
        | {"currency": row["currency"] if row else None},
        "market_percentiles": {name: _value(shown, column) for name, column in PERCENTILES.items()},
        "experience_breakdown": _experience(reader, here, basis),
        "trending_direction": moving["direction"],
        "data_freshness": row["window_to"] if row else reader.stamp["captured_to"],
        "sample_size": row["n_observations"] if row else 0,
    }
    evidence = {
        "reason": reason,
        **_weights(row, shown, reader),
        "figures": _figures(shown, unit, reason),
        "trend": moving,
        "alternatives": alternatives(reader, cell, occupation, place, not known) if cell and reason else [],
    }
    return Told(basis, kept(figures), kept(evidence))


def _found(reader: Reader, cell: Cell | None, known: bool) -> tuple[Row | None, Reason | None]:
    """The cell's row, and why it has no figures if it has none."""
    if cell is None or not known:
        return None, "not_covered"
    row = cell.row(reader)
    if row is not None:
        return row, reason_of(row["reason"]) if row["reason"] else None
    # Split cells exist from a number of openings on: a thinner one is withheld like any thin cell.
    if cell.dimension == ALL or cell.whole().row(reader) is None:
        return None, "no_data"
    return None, "suppressed" if cell.occupation_level in SPLIT_LEVELS else "not_covered"


def _value(row: Row | None, column: str) -> float | None:
    return row[column] if row is not None else None


def effective_query(
    occupation: Occupation, place: Place, chosen: Filter, period: str, basis: str | None
) -> dict[str, Any]:
    """The question as it was understood."""
    return {
        "occupation": occupation.told(),
        "place": place.told(),
        "filter": {"dimension": chosen.dimension, "value": chosen.value, "from": chosen.read_from},
        "period": period,
        "basis": basis,
        "not_applied": list(chosen.not_applied),
    }


def _weights(row: Row | None, shown: Row | None, reader: Reader) -> dict[str, Any]:
    """The part of the envelope that all figures of one cell share."""
    return {
        **_answering(shown),
        "basis": row["basis"] if row else None,
        "method": row["method"] if row else None,
        "window": {"from": row["window_from"], "to": row["window_to"]} if row else None,
        "n_openings": row["n_openings"] if row else 0,
        "n_observations": row["n_observations"] if row else 0,
        "n_employers": row["n_employers"] if row else 0,
        "n_effective": row["n_effective"] if row else None,
        "n_employers_effective": row["n_employers_effective"] if row else None,
        "top_employer_share": row["top_employer_share"] if row else None,
        "share_with_pay": row["share_with_pay"] if row else None,
        "sources": reader.sources(row["sources"]) if row else [],
        **_stated(shown),
    }


def _answering(shown: Row | None) -> dict[str, Any]:
    """Which cell answers: the one asked for, or that and its parent by their weights on the log scale."""
    if shown is None:
        return {"level": None, "weights": None, "parent": None}
    if shown["own_weight"] is None:
        return {"level": shown["level"], "weights": {"own": 1.0, "parent": 0.0}, "parent": None}
    own = shown["own_weight"]
    names = ("occupation_level", "occupation_code", "place_level", "place_id", "dimension", "dimension_value")
    return {
        "level": shown["level"],
        "weights": {"own": own, "parent": 1.0 - own},
        "parent": {name: shown[f"parent_{name}"] for name in names},
    }


def _stated(shown: Row | None) -> dict[str, Any]:
    """How the intervals are made, what was stated as it was stated, and the median in dollars."""
    if shown is None:
        return {"interval_method": None, "stated": None, "in_dollars": None}
    ends = {name: shown[f"stated_{name}_p50"] for name in ("low", "mid", "high")}
    unknown = reason_of(shown["p50_reason"]) if shown["p50"] is None else "not_covered"
    dollars = {"median": shown["p50_usd"], "rate": shown["usd_rate"]}
    return {
        "interval_method": shown["interval_method"],
        "stated": ends | {"share_ranges": shown["share_ranges"]},
        "in_dollars": dollars | {"reason": unknown if shown["p50_usd"] is None else None},
    }


def _figures(shown: Row | None, unit: str | None, reason: Reason | None) -> dict[str, Any]:
    named = {f"salary_range.{name}": column for name, column in RANGE.items()}
    named |= {f"market_percentiles.{name}": column for name, column in PERCENTILES.items()}
    if shown is None:
        return {name: absent(reason or "no_data", unit) for name in named}
    return {name: figure(shown, column, unit) for name, column in named.items()}


def _experience(reader: Reader, cell: Cell | None, basis: str | None) -> dict[str, Any]:
    """Every band of the occupation in the place, whatever filter was asked for."""
    told = {}
    for name, _from, _below in BANDS:
        row = None
        if cell is not None:
            keys = (cell.occupation_level, cell.occupation_code, cell.place_level, cell.place_id, cell.period)
            row = Cell(*keys, basis or "advertised", "experience", name).row(reader)
        told[name] = {
            "median": _value(row, "p50"),
            "p25": _value(row, "p25"),
            "p75": _value(row, "p75"),
            "sample_size": row["n_observations"] if row else 0,
            "reason": (reason_of(row["reason"]) if row["reason"] else None) if row else "no_data",
            "interval": figure(row, "p50", None)["interval"] if row else None,
        }
    return told


def _suggestions(
    reader: Reader, question: SalaryQuestion, occupation: Occupation, place: Place, chosen: Filter
) -> list[dict[str, Any]]:
    """What the caller may have meant, for each parameter that could not be understood."""
    found = []
    if occupation.code is None:
        known = list(reader.covered_occupations.values())
        found.append({"parameter": "job_title", "did_you_mean": suggestions(question.job_title, known)})
    if place.id is None:
        known = list(reader.covered_places.values())
        found.append({"parameter": "location", "did_you_mean": suggestions(question.location, known)})
    if chosen.unknown == "industry":
        from normalisation.industries import SECTORS

        found.append({"parameter": "industry", "did_you_mean": [f"{code} {name}" for code, name in SECTORS.items()]})
    return found
