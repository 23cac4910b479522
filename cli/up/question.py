"""The first real question that `payband up` asks its own API, and the answer as a person reads it."""

from typing import Any

import click
import httpx

DOORS = {"coverage": "/api/premium/coverage", "salary": "/api/premium/salary-insights"}


def ask_first_question(api: str, key: str) -> None:
    """Ask for the pay of the best covered occupation and place, and print the answer with what it rests on."""
    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {key}"}, timeout=10, trust_env=False) as client:
        best = _best_covered(client)
        if best is None:
            click.echo("There is a release, but no pay figure in it yet: no cell has enough observations.", err=True)
            return
        query, answer = _ask(client, best)
    click.echo(f"\n  What do postings for {best['occupation_title']} in {best['place_name']} offer?\n")
    click.echo(_told(answer))
    click.echo(f"\n  curl -H 'Authorization: Bearer {key}' '{api}{DOORS['salary']}?{httpx.QueryParams(query)}'\n")


def _best_covered(client: httpx.Client) -> dict[str, Any] | None:
    """The published cell with the most observations, of a detailed occupation in a city when there is any such."""
    for filters in ({"occupation_level": "detailed", "place_level": "city"}, {"occupation_level": "detailed"}, {}):
        query = {**filters, "published": "true", "limit": "200"}
        cells = client.get(DOORS["coverage"], params=query).raise_for_status().json()["cells"]
        if cells:
            return max(cells, key=lambda cell: int(cell["n_observations"]))
    return None


def _ask(client: httpx.Client, cell: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """The question in words when they name this very cell, else in its codes, and the answer."""
    words = {"job_title": cell["occupation_title"] or "", "location": cell["place_name"] or ""}
    codes = {"job_title": cell["occupation_code"], "location": cell["place_id"]}
    for query in (words, codes):
        answer: dict[str, Any] = client.get(DOORS["salary"], params=query).raise_for_status().json()
        meant = answer["evidence"]["effective_query"]
        if all(meant[part] for part in ("occupation", "place")) and (
            meant["occupation"]["code"] == cell["occupation_code"] and meant["place"]["id"] == cell["place_id"]
        ):
            break
    return query, answer


def _told(answer: dict[str, Any]) -> str:
    evidence = answer["evidence"]
    pay = answer["salary_range"]
    middle = evidence["figures"]["salary_range.median"]
    interval = middle["interval"]
    sure = f" ({interval['low']:,.0f} to {interval['high']:,.0f} at {interval['level']:.0%})" if interval else ""
    spread = answer["market_percentiles"]
    lines = [
        f"  median {pay['median']:,.0f} {middle['unit']}{sure}" if pay["median"] is not None else "  median withheld",
        f"  the middle half from {spread['25th']:,.0f} to {spread['75th']:,.0f}"
        if None not in (spread["25th"], spread["75th"])
        else "",
        f"  from {evidence['n_observations']} openings of {evidence['n_employers']} employers,"
        f" release {evidence['release']}" + (" — DEMO: a synthetic market" if evidence["demo"] else ""),
    ]
    return "\n".join(line for line in lines if line)
