"""From a question to the answer of market-trends."""

from typing import Any

from normalisation.industries import SECTORS
from serving.doors import as_bytes
from serving.insights.envelope import Reason
from serving.insights.markets.lists import top_employers, top_occupations, top_skills
from serving.insights.markets.outlook import emerging, forecast, pay_growth, remote_share, weekly_index
from serving.insights.markets.schemas import MarketQuestion
from serving.insights.markets.series import COMPARISONS, Market, growth, openings_index, pay_months
from serving.insights.salaries.cells import sector_of
from serving.reader import Reader
from serving.resolving import Place, suggestions


def market_trends(reader: Reader, question: MarketQuestion) -> bytes:
    """The answer's JSON, of the shape MarketAnswer."""
    place = reader.resolver.place(question.location)
    sector = sector_of(question.industry) if question.industry else None
    unknown = bool(question.industry) and sector is None
    reason: Reason | None = "not_covered" if place.id is None or unknown else None
    market = None if reason or sector else _market(reader, place)
    grown = {name: growth(reader, market, name) for name in COMPARISONS}
    return as_bytes(
        {
            "location": question.location,
            "industry": question.industry,
            "direction": grown["year"]["direction"],
            "openings_index": openings_index(reader, market),
            "weekly_index": weekly_index(reader, market),
            "growth": grown,
            "pay_trend": _pay(reader, market),
            "top_skills": top_skills(reader, market),
            "top_occupations": top_occupations(reader, None if sector or reason else place),
            "top_employers": top_employers(reader, None if reason else place, sector),
            "remote_share": remote_share(reader, market),
            "emerging_skills": emerging(reader, market, "skill"),
            "emerging_roles": emerging(reader, market, "role"),
            "forecast": forecast(reader, market),
            "data_freshness": reader.stamp["captured_to"],
            "evidence": {
                **reader.stamp,
                "as_of": question.as_of,
                "reason": reason,
                "effective_query": {
                    "place": place.told(),
                    "industry": sector,
                    "industry_name": SECTORS.get(sector or ""),
                    "answered_for": market.told() if market else None,
                    "level": market.level if market else None,
                },
                "sources": reader.sources(_in_figures(reader)),
                "suggestions": _suggestions(reader, question, place, unknown),
            },
        }
    )


def has_figures(told: dict[str, Any]) -> bool:
    """Whether an answer tells anything of a market."""
    lists = ("top_skills", "top_occupations", "top_employers")
    grown = any(each["figure"]["value"] is not None for each in told["growth"].values())
    return (
        grown or told["openings_index"]["latest"]["value"] is not None or any(told[name]["entries"] for name in lists)
    )


def _market(reader: Reader, place: Place) -> Market | None:
    """The place's own market, or the nearest wider one that has series, said to be a parent's."""
    if place.id is None or place.level is None:
        return None
    for index, (level, place_id) in enumerate([(place.level, place.id), *place.parents]):
        market = Market(level, place_id, "parent" if index else "asked")
        if reader.row("mart_posting_growth", market.keys() | {"comparison": "year"}) is not None:
            return market
    return None


def _pay(reader: Reader, market: Market | None) -> dict[str, Any]:
    months, currency = pay_months(reader, market) if market else ([], None)
    return {"currency": currency, **pay_growth(reader, market), "months": months}


def _in_figures(reader: Reader) -> str:
    """The sources whose rows may move a figure."""
    told = reader.release.facts.get("sources", {})
    return ",".join(sorted(name for name, rights in told.items() if rights.get("aggregates", True)))


def _suggestions(reader: Reader, question: MarketQuestion, place: Place, unknown: bool) -> list[dict[str, Any]]:
    found = []
    if place.id is None:
        known = list(reader.covered_places.values())
        found.append({"parameter": "location", "did_you_mean": suggestions(question.location, known)})
    if unknown:
        found.append({"parameter": "industry", "did_you_mean": [f"{code} {name}" for code, name in SECTORS.items()]})
    return found
