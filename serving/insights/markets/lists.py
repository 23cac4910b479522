"""What stands out in a market: skills, occupations, employers."""

from collections.abc import Iterable
from typing import Any

from serving.insights.envelope import Reason, absent, figure
from serving.insights.markets.series import Market
from serving.reader import Reader
from serving.resolving import Place

MOST = 10
Listing = dict[str, Any]


def none_for(reason: Reason, detail: str | None = None) -> Listing:
    """An empty list and why it is empty."""
    return {"reason": reason, "detail": detail, "level": None, "entries": []}


def top_skills(reader: Reader, market: Market | None) -> Listing:
    """The skills that most openings of the trailing year ask for."""
    rows = list(reader.rows("mart_skill_demand", {"period": "trailing", **market.keys()})) if market else []
    if market is None or not rows:
        return none_for("not_covered")
    standing = sorted((row for row in rows if row["reason"] is None), key=lambda row: row["skill_rank"])
    entries = [
        {
            "id": row["skill_id"],
            "name": row["skill_name"],
            "n_openings": row["n_openings_asking"],
            "share": figure(row, "share", "share of openings"),
        }
        for row in standing[:MOST]
    ]
    return _listed(entries, market.level)


def top_occupations(reader: Reader, place: Place | None) -> Listing:
    """The occupations with most openings of the trailing year in the place itself, whatever is known of their pay."""
    if place is None or place.id is None or place.level is None:
        return none_for("not_covered")
    keys = {"period": "trailing", "basis": "advertised", "place_level": place.level, "place_id": place.id}
    whole = reader.row("mart_coverage", keys | {"occupation_level": "all", "occupation_code": "all"})
    rows = list(reader.matching("mart_coverage", keys | {"occupation_level": "detailed"}))
    if whole is None or not rows:
        return none_for("no_data")
    rows.sort(key=lambda row: (-row["n_openings"], row["occupation_code"]))
    return _listed(
        [
            {
                "id": row["occupation_code"],
                "name": row["occupation_title"],
                "n_openings": row["n_openings"],
                "share": _share(row["n_openings"], whole["n_openings"]),
            }
            for row in rows[:MOST]
        ],
        "asked",
    )


def top_employers(reader: Reader, place: Place | None, sector: str | None) -> Listing:
    """The employers with most openings of the trailing year in the place's country, or of one industry there."""
    if place is None or place.id is None:
        return none_for("not_covered")
    country = place.id.split("/")[0].upper()
    rows = [
        row
        for row in reader.matching("mart_company_profiles", {"country": country})
        if sector is None or row["industry"] == sector
    ]
    if not rows:
        return none_for("no_data")
    total = sum(row["n_openings"] for row in rows)
    rows.sort(key=lambda row: (-row["n_openings"], row["employer_key"]))
    entries = [
        {
            "id": row["employer_key"],
            "name": row["employer_name"],
            "n_openings": row["n_openings"],
            "share": _share(row["n_openings"], total),
        }
        for row in rows[:MOST]
    ]
    return _listed(entries, "asked" if place.level == "country" else "parent")


def _share(part: int, whole: int) -> dict[str, Any]:
    """A share of what was counted: there is nothing to estimate, so no interval."""
    if not whole:
        return absent("no_data", "share of openings")
    return absent("no_data", "share of openings") | {
        "value": part / whole,
        "reason": None,
        "interval_reason": "not_covered",
    }


def _listed(entries: Iterable[dict[str, Any]], level: str) -> Listing:
    return {"reason": None, "detail": None, "level": level, "entries": list(entries)}
