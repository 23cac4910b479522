"""`payband docs`: every model of the warehouse with its columns, descriptions, tests and lineage, as one page."""

import click

from cli.options import emit, engine_option, json_option, store_option
from kit.errors import BadInput
from kit.store import Store


@click.command("docs")
@store_option
@engine_option
@json_option
def command(store: Store, as_json: bool) -> None:
    """Write the warehouse's documentation as one HTML page that needs no server, and print where it is.

    \b
    ./payband docs --store /srv/payband
    """
    from orchestration.dbt_runner import run_dbt, target_path
    from orchestration.warehouse import warehouse_of

    if not warehouse_of(store).exists():
        raise BadInput(f"there is no warehouse in {store.root} yet: ./payband run makes it")
    with store.writing():  # dbt opens the warehouse for writing, whatever it is asked to do
        run_dbt(store, command="docs", flags=["generate", "--static"])
    page = target_path(store) / "static_index.html"
    emit({"page": str(page)}) if as_json else click.echo(page)
