"""`payband sql`: questions to a release in SQL, with nothing but reading allowed."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.options import emit, one_format, store_option
from kit.errors import BadInput
from kit.store import Store

if TYPE_CHECKING:
    import duckdb

ROWS_SHOWN = 200


@click.command("sql")
@store_option
@click.option("--release", "release_id", help="A release's id; without it the current one.")
@click.option("--warehouse", is_flag=True, help="Ask the warehouse (row-level facts) instead of a release.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: columns and rows.")
@click.argument("statement", required=False)
def command(
    store: Store, release_id: str | None, warehouse: bool, as_csv: bool, as_json: bool, statement: str | None
) -> None:
    """Run one SQL statement (DuckDB's dialect), or read statements from a prompt when none is given.

    \b
    ./payband sql "show tables"
    ./payband sql "select occupation_title, p50, p50_low, p50_high from mart_pay_bands
                   where place_id = 'us' and dimension = 'all' order by n_observations desc limit 10"
    ./payband sql --csv "from mart_skill_demand" > skills.csv
    """
    one_format(as_csv, as_json)
    connection = open_warehouse(store) if warehouse else of_release(store, release_id)
    if statement:
        answer(connection, statement, as_csv, as_json)
    elif sys.stdin.isatty():
        prompt(connection)
    else:
        answer(connection, sys.stdin.read(), as_csv, as_json)


def of_release(store: Store, release_id: str | None) -> "duckdb.DuckDBPyConnection":
    """A connection whose views are the tables of one release, and which can read nothing else."""
    import duckdb

    from kit.releases import open_release

    release = open_release(store.releases, release_id)
    connection = duckdb.connect()
    for path in sorted((release.folder / "tables").glob("*.parquet")):
        connection.execute(f"create view \"{path.stem}\" as from read_parquet('{path}')")
    return locked(connection, release.folder)


def open_warehouse(store: Store) -> "duckdb.DuckDBPyConnection":
    """A read-only connection to the warehouse; raises BadInput while a run is writing to it."""
    import duckdb

    if not store.warehouse.exists():
        raise BadInput(f"there is no warehouse in {store.root} yet: ./payband run makes it")
    try:
        connection = duckdb.connect(str(store.warehouse), read_only=True)
    except duckdb.IOException as error:
        raise BadInput(f"the warehouse is being written to, ask again when the run is done ({error})") from None
    connection.execute("set search_path = 'main,staging,intermediate,core,api'")
    if any(store.usage.glob("*.parquet")):
        connection.execute(f"create temp view usage_requests as from read_parquet('{store.usage}/*.parquet')")
    return locked(connection, store.root)


def locked(connection: "duckdb.DuckDBPyConnection", folder: Path) -> "duckdb.DuckDBPyConnection":
    """Let the connection read files below `folder` and nothing else, for good."""
    connection.execute(f"set allowed_directories = ['{folder}/']")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def answer(connection: "duckdb.DuckDBPyConnection", statement: str, as_csv: bool, as_json: bool) -> None:
    """Run one statement and print what it gives; a fault in it is BadInput with the engine's own words."""
    import duckdb

    try:
        result = connection.sql(statement)
    except duckdb.Error as error:
        raise BadInput(str(error)) from None
    if result is None:
        return
    if as_json:
        emit({"columns": result.columns, "rows": result.fetchall()})
    elif as_csv:
        result.pl().write_csv(sys.stdout.buffer)
    else:
        result.show(max_rows=ROWS_SHOWN, max_width=shutil.get_terminal_size((160, 40)).columns)


def prompt(connection: "duckdb.DuckDBPyConnection") -> None:
    """Read statements, each ended by a semicolon, until the end of input."""
    import readline  # noqa: F401  (gives the prompt its history and editing)

    click.echo("Tables: " + ", ".join(name for (name,) in connection.execute("show tables").fetchall()))
    lines: list[str] = []
    while True:
        try:
            lines.append(input("payband> " if not lines else "    ...> "))
        except EOFError:
            return
        if lines[-1].rstrip().endswith(";"):
            try:
                answer(connection, "\n".join(lines), False, False)
            except BadInput as error:
                click.secho(str(error), fg="red", err=True)
            lines = []
