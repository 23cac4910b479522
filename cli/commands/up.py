"""`payband up`: everything at once, until Ctrl-C."""

from pathlib import Path

import click

from cli.options import engine_option, sources_options, store_option
from kit.store import Store


@click.command("up")
@store_option
@sources_options
@engine_option
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The API's port.")
@click.option("--ui-port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="Dagster's port.")
@click.option("--ui/--no-ui", default=True, help="Dagster's page with its daemon: schedules, sensors, runs.")
@click.option(
    "--demo-checkout/--no-demo-checkout",
    default=True,
    help="A stand-in for Stripe, in a source checkout without settings of a real one.",
)
@click.option("--once", is_flag=True, help="Stop when the first question is answered: a check of the whole way.")
def command(
    store: Store,
    sources: Path | None,
    data: Path | None,
    port: int,
    ui_port: int,
    ui: bool,
    demo_checkout: bool,
    once: bool,
) -> None:
    """Start the database, run the pipeline, serve the API and Dagster's page, and answer a first question.

    \b
    ./payband up                                     a synthetic market; every answer is marked demo
    ./payband up --sources examples/live.yaml        public boards and official statistics
    ./payband up --sources mine.yaml --data ~/dumps

    Everything listens on 127.0.0.1 alone; a port that is taken is replaced by a free one. Ctrl-C stops everything.
    What is there already is served at once, while the pipeline looks for what is new.
    """
    from cli.up.services import up
    from orchestration.installation import Installation

    up(Installation(store, sources, data), port, ui_port if ui else None, once, demo_checkout)
