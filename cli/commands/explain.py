"""`payband explain`: what each step makes of one posting, and why."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import emit, json_option, store_option
from kit.store import Store

if TYPE_CHECKING:
    from normalisation.taxonomy import Taxonomy


@click.command("explain")
@click.argument("posting", required=False, metavar="[TEXT|FILE|-]")
@click.option("--title", help="The title, where the text does not begin with it.")
@click.option("--company", "employer", help="Who hires.")
@click.option(
    "--location", "places", multiple=True, help="A place as the posting writes it; may be given several times."
)
@click.option(
    "--country", "--source-country", "country_hint", help="ISO code of the country that the source speaks of."
)
@click.option("--pay", "pay_text", help="The pay as the source writes it.")
@click.option("--remote", "remote_text", help="What the source's own field says of remote work.")
@click.option("--url", help="The posting's link: ids of applicant systems are read from it.")
@click.option("--requisition", "requisition_id", help="The employer's number for the vacancy.")
@store_option
@json_option
def command(
    posting: str | None,
    title: str | None,
    employer: str | None,
    places: tuple[str, ...],
    country_hint: str | None,
    pay_text: str | None,
    remote_text: str | None,
    url: str | None,
    requisition_id: str | None,
    store: Store,
    as_json: bool,
) -> None:
    """Show what the pipeline makes of one posting: pay, occupation, seniority, employer, places, skills, its opening.

    TEXT, FILE or standard input is plain text (its first line is the title; `Company:`, `Location:`, `Salary:` lines
    are read), HTML, a schema.org JobPosting, or a JSON object of canonical fields. Options count before the text.
    Uses the taxonomy of --store where there is one, else the built-in one. Nothing is stored.

    \b
    ./payband explain posting.html
    ./payband explain "Senior Data Engineer - $150k-$180k, Austin, TX. Python required, Go a plus"
    pbpaste | ./payband explain - --company Acme --location "Leeds" --country GB --json
    """
    from cli.explaining.reading import read_posting
    from normalisation.explaining import explain

    said = {
        "title": title, "employer": employer, "places": list(places), "pay_text": pay_text, "remote_text": remote_text,
        "country_hint": country_hint and country_hint.upper(), "url": url, "requisition_id": requisition_id,
    }  # fmt: skip
    if posting is None and not any(said.values()):
        raise click.UsageError("name a text, a file or - for standard input, or give at least --title")
    explanation = explain(read_posting(posting, said), _taxonomy(store.reference / "taxonomy"))
    if as_json:
        emit(asdict(explanation))
        return
    from rich.console import Console

    from cli.explaining.page import show

    show(explanation, Console())


def _taxonomy(folder: Path) -> "Taxonomy":
    from normalisation import taxonomy

    return taxonomy.load(folder) if (folder / "taxonomy.json").exists() else taxonomy.build({})


__all__ = ["command"]
