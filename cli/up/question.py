"""The first real question that `payband up` asks its own API, and the answer as a person reads it."""

from typing import Any

import click
import httpx

DOORS = {"coverage": "/api/premium/coverage", "salary": "/api/premium/salary-insights"}


def ask_first_question(api: str, key: str) -> None:
    """Ask for the pay of the best covered occupation and place, and print the answer with what it rests on."""
    with httpx.Client(base_url=api, headers={"Authorization": f"Bearer {key}"}, timeout=10) as client:
        best = _best_covered(client)
        if best is None:
            click.echo("There is a release, but no pay figure in it yet: no cell has enough observations.", err=True)
            return
        query = {"job_title": best["occupation_title"], "location": best["place_name"]}
        answer = client.get(DOORS["salary"], params=query).raise_for_status().json()
    click.echo(f"\n  What does a posting for {query['job_title']} in {query['location']} offer?\n")
    click.echo(_told(answer))
    click.echo(f"\n  curl -H 'Authorization: Bearer {key}' '{api}{DOORS['salary']}?{httpx.QueryParams(query)}'\n")


def _best_covered(client: httpx.Client) -> dict[str, Any] | None:
    """The published city cell of a detailed occupation with the most observations."""
    query = {"occupation_level": "detailed", "place_level": "city", "published": "true", "limit": "200"}
    cells = client.get(DOORS["coverage"], params=query).raise_for_status().json()["items"]
    return max(cells, key=lambda cell: cell["n_observations"], default=None)


def _told(answer: dict[str, Any]) -> str:
    evidence = answer["evidence"]
    pay = answer["salary_range"]
    middle = evidence["figures"]["median"]
    interval = middle["interval"]
    sure = f" ({interval['low']:,.0f} to {interval['high']:,.0f} at {interval['level']:.0%})" if interval else ""
    spread = answer["market_percentiles"]
    lines = [
        f"  median {pay['median']:,.0f} {middle['unit']}{sure}",
        f"  the middle half from {spread['25th']:,.0f} to {spread['75th']:,.0f}" if spread["25th"] else "",
        f"  from {evidence['n_observations']} openings of {evidence['n_employers']} employers,"
        f" release {evidence['release']}" + (" — DEMO: a synthetic market" if evidence["demo"] else ""),
    ]
    return "\n".join(line for line in lines if line)
