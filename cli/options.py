"""Options that several commands share, so that each is spelled and explained once."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from kit.errors import BadInput
from kit.store import Store

Decorated = TypeVar("Decorated", bound=Any)


def store_option(command: Decorated) -> Decorated:
    """--store DIR as `store: Store`."""
    decorate = click.option(
        "--store",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(".payband"),
        show_default=True,
        envvar="PAYBAND_STORE",
        callback=lambda _ctx, _param, value: Store(value.resolve()),
        help="The folder that holds everything: raw pages, frames, warehouse, releases, databases.",
    )
    return decorate(command)


def json_option(command: Decorated) -> Decorated:
    """--json as `as_json: bool`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON object on standard output; everything else on standard error."
    )(command)


def sources_options(command: Decorated) -> Decorated:
    """--sources FILE and --data DIR as `sources: Path | None` and `data: Path | None`."""
    for decorate in (
        click.option(
            "--data",
            type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
            envvar="PAYBAND_DATA",
            help="The folder below which the sources file's relative paths lie.",
        ),
        click.option(
            "--sources",
            type=click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True),
            envvar="PAYBAND_SOURCES",
            help="The sources file; without one the synthetic market is read and releases are marked demo.",
        ),
    ):
        command = decorate(command)
    return command


def engine_option(command: Decorated) -> Decorated:
    """--engine NAME: put into the environment, where every process of an installation reads it."""
    return click.option(
        "--engine",
        type=click.Choice(["duckdb", "postgres", "clickhouse"]),
        default="duckdb",
        show_default=True,
        envvar="PAYBAND_ENGINE",
        expose_value=False,
        callback=lambda _ctx, _param, value: os.environ.update(PAYBAND_ENGINE=value),
        help="What the warehouse is built in; PAYBAND_WAREHOUSE_URL says where, without it the store has its own.",
    )(command)


def one_format(as_csv: bool, as_json: bool) -> None:
    """Raises BadInput where two are asked for."""
    if as_csv and as_json:
        raise BadInput("give --csv or --json, one of them")


def emit(result: dict[str, Any]) -> None:
    """Print the one JSON object of a command's --json; times and days are ISO 8601."""
    click.echo(json.dumps(result, default=_text, ensure_ascii=False))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
