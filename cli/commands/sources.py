"""`payband sources`: which sources an installation reads, and changes to that list that keep its comments."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from cli.options import emit, json_option, sources_options
from kit.errors import BadInput

file_option = click.option(
    "--sources",
    type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
    envvar="PAYBAND_SOURCES",
    required=True,
    help="The sources file.",
)


@click.group("sources")
def command() -> None:
    """List, add, test, pause or preview sources.

    \b
    ./payband sources list --sources examples/live.yaml
    ./payband sources add --sources mine.yaml --name acme --connector greenhouse --option 'boards=[acme]'
    ./payband sources preview acme_dump --sources mine.yaml --data ~/dumps

    A key or password stands in the file as ${NAME} and is read from the environment when it is used.
    """


@command.command("list")
@sources_options
@json_option
def list_(sources: Path | None, data: Path | None, as_json: bool) -> None:
    """Every source with its connector and rights."""
    from kit.store import Store
    from orchestration.installation import Installation

    loaded = Installation(Store(Path()), sources, data).sources_file
    if as_json:
        emit({"sources": [spec.model_dump() for spec in loaded.sources]})
        return
    for spec in loaded.sources:
        rights = ", ".join(
            name for name in ("aggregates", "display", "export", "confidential") if getattr(spec.rights, name)
        )
        state = "paused" if spec.paused else ""
        click.echo(f"{spec.name:<38} {spec.connector:<16} {rights or 'no rights':<30} {state}")


@command.command()
@file_option
@click.option("--name", required=True, help="Lower case letters, digits and underscores.")
@click.option("--connector", required=True, help="Its kind: files, greenhouse, lever, …")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="An option; the value is YAML.")
def add(sources: Path, name: str, connector: str, options: tuple[str, ...]) -> None:
    """Add a source to the file, made if it is not there; the result is checked before it is written."""
    import yaml

    from ingestion.registry import connector as find

    find(connector)
    pairs = [option.partition("=") for option in options]
    entry = {"name": name, "connector": connector, "options": {key: yaml.safe_load(text) for key, _, text in pairs}}
    with edited(sources) as document:
        document.setdefault("sources", []).append(entry)
    click.echo(f"added {name} to {sources}; try it: ./payband sources test {name} --sources {sources}")


@command.command()
@click.argument("name")
@file_option
@click.option("--resume", is_flag=True, help="Read it again.")
def pause(name: str, sources: Path, resume: bool) -> None:
    """Stop reading a source, or resume; what it already gave stays."""
    with edited(sources) as document:
        for entry in document.get("sources", []):
            if entry["name"] == name:
                entry["paused"] = not resume
                break
        else:
            raise BadInput(f"{sources} has no source named {name}")
    click.echo(f"{name} is {'read again' if resume else 'paused'}")


@command.command()
@click.argument("name")
@sources_options
@json_option
def test(name: str, sources: Path | None, data: Path | None, as_json: bool) -> None:
    """Fetch a source once, parse what comes, keep nothing: does it answer, and is it understood?"""
    spec, source, tools = _parts(name, sources, data)
    days = source.days(spec, tools, None, None)
    if not days:
        raise BadInput(f"{name} has no capture day that can be had now")
    outcomes: list[dict[str, Any]] = []
    for page in source.fetch(spec, days[-1], tools):
        outcomes.append(
            {"request": page.request, "outcome": page.outcome, "status": page.status, "detail": page.detail}
        )
        if page.outcome == "ok":
            parsed = source.parse(spec, days[-1], page)
            outcomes[-1] |= {frame: len(rows) for frame, rows in parsed.rows.items()} | {
                "rejected": len(parsed.rejects)
            }
    good = all(outcome["outcome"] in ("ok", "empty") for outcome in outcomes)
    if as_json:
        emit({"source": name, "day": days[-1], "ok": good, "pages": outcomes})
    else:
        for outcome in outcomes:
            click.echo("  ".join(f"{key}={value}" for key, value in outcome.items() if value not in (None, "")))
    raise SystemExit(0 if good else 1)


@command.command()
@click.argument("name")
@sources_options
@click.option("--rows", default=5, show_default=True, help="How many rows to show.")
def preview(name: str, sources: Path | None, data: Path | None, rows: int) -> None:
    """What a file's mapping yields and what it would reject, without writing anything."""
    from ingestion.connectors.files.preview import preview as look

    spec, _, tools = _parts(name, sources, data)
    click.echo(look(spec, tools.data, rows))


@contextmanager
def edited(path: Path) -> Iterator[Any]:
    """The file as a document to change in place; comments stay, and only a valid result is written."""
    from ruamel.yaml import YAML

    from ingestion.sources import load_sources

    yaml = YAML()
    document = (yaml.load(path.read_text()) if path.exists() else None) or {"sources": []}
    yield document
    beside = path.with_suffix(f"{path.suffix}.part")
    with open(beside, "w") as handle:
        yaml.dump(document, handle)
    try:
        load_sources(beside)
    except BadInput:
        beside.unlink()
        raise
    beside.replace(path)


def _parts(name: str, sources: Path | None, data: Path | None) -> tuple[Any, Any, Any]:
    from ingestion.registry import connector
    from kit.store import Store
    from orchestration.fetching import fetcher
    from orchestration.installation import Installation

    installation = Installation(Store(Path()), sources, data, clock=lambda: datetime.now(UTC))
    try:
        spec = installation.spec(name)
    except KeyError:
        raise BadInput(f"no source is named {name}: ./payband sources list shows the names") from None
    return spec, connector(spec.connector), fetcher(installation)
