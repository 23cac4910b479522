"""`payband doctor`: what is installed, running, configured and missing, with the fix for each."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import click

from cli.options import emit, engine_option, json_option, sources_options, store_option
from kit.errors import PaybandError
from kit.settings import read
from kit.store import Store

PACKAGES = (
    "polars",
    "duckdb",
    "dagster",
    "dbt-core",
    "dbt-duckdb",
    "great-expectations",
    "fastapi",
    "sqlalchemy",
    "lmdb",
)
EXTRAS = {"python-jobspy": "the jobspy connector"}
FREE_GB = 5


class Finding(NamedTuple):
    """One line: `state` is ok, missing or optional; `fix` says what to do unless it is ok."""

    state: str
    what: str
    detail: str
    fix: str = ""


@click.command("doctor")
@store_option
@sources_options
@engine_option
@json_option
def command(store: Store, sources: Path | None, data: Path | None, as_json: bool) -> None:
    """Look at this machine, environment and store; change nothing. Exits 1 when something needed is missing."""
    found = [*machine(store), *environment(), *store_state(store), warehouse_state(store), *sources_state(sources)]
    if sources is not None:
        found += reference_state(sources, data, store)
    if as_json:
        emit({"findings": [finding._asdict() for finding in found]})
    else:
        for finding in found:
            colour = {"ok": "green", "missing": "red"}.get(finding.state, "yellow")
            click.echo(click.style(f"{finding.state:<9}", fg=colour) + f"{finding.what:<26} {finding.detail}")
            if finding.fix and finding.state != "ok":
                click.echo(f"{'':<9}→ {finding.fix}")
    sys.exit(1 if any(finding.state == "missing" for finding in found) else 0)


def machine(store: Store) -> Iterator[Finding]:
    """Python, cores and disk."""
    yield Finding("ok", "python", f"{platform.python_version()} on {platform.platform(terse=True)}")
    yield Finding("ok", "cores", str(os.cpu_count()))
    there = next(folder for folder in (store.root, *store.root.parents) if folder.exists())
    free = shutil.disk_usage(there).free / 1e9
    fix = f"free some room below {there}, or give another --store"
    yield Finding("ok" if free > FREE_GB else "missing", "disk", f"{free:.0f} GB free at {there}", fix)


def environment() -> Iterator[Finding]:
    """The packages that the lock should have brought."""
    for name in PACKAGES:
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("missing", name, "not installed", "remove .venv and run ./payband again")
    for name, use in EXTRAS.items():
        try:
            yield Finding("ok", name, version(name))
        except PackageNotFoundError:
            yield Finding("optional", name, f"not installed; needed for {use}", "install the extra `scraping`")


def store_state(store: Store) -> Iterator[Finding]:
    """What is in the store, and whether its database answers."""
    from kit.releases import current_id

    if not store.root.exists():
        yield Finding("optional", "store", f"{store.root} is not there yet", "./payband up makes it")
        return
    release = current_id(store.releases)
    fix = "./payband run makes one; its output says what stopped it"
    yield Finding("ok" if release else "missing", "release", release or "none is current", fix)
    try:
        with store.writing():
            yield Finding("ok", "writer", "nobody is writing")
    except PaybandError:
        yield Finding("ok", "writer", "a run is writing now")


def warehouse_state(store: Store) -> Finding:
    """Which engine the warehouse is built in, and whether it answers; no server is made for this."""
    from orchestration.warehouse import WarehouseSettings, warehouse_of

    settings = read(WarehouseSettings)
    if settings.engine == "postgres" and settings.url is None and not store.postgres.exists():
        return Finding("optional", "warehouse", "the store's own PostgreSQL is not there yet", "./payband run makes it")
    try:
        return Finding("ok", "warehouse", warehouse_of(store).version())
    except PaybandError as error:
        fix = "docs/how_to/engines.md says what PAYBAND_ENGINE and PAYBAND_WAREHOUSE_URL may be"
        return Finding("missing", "warehouse", f"{settings.engine}: {error}", fix)


def sources_state(sources: Path | None) -> Iterator[Finding]:
    """Whether the sources file is sound, its connectors known, and its keys in the environment."""
    if sources is None:
        yield Finding(
            "optional", "sources", "none configured: the synthetic market is read", "give --sources FILE.yaml"
        )
        return
    from ingestion.registry import connector
    from ingestion.sources import SECRET, load_sources

    for spec in load_sources(sources).sources:
        wanted = {name for value in spec.options.values() if isinstance(value, str) for name in SECRET.findall(value)}
        missing = sorted(name for name in wanted if not os.environ.get(name))
        try:
            connector(spec.connector)
        except PaybandError as error:
            yield Finding("missing", spec.name, str(error), "name a connector that ./payband sources add knows")
            continue
        state = "missing" if missing and not spec.paused else "ok"
        detail = f"needs {', '.join(missing)}" if missing else spec.connector + (" (paused)" if spec.paused else "")
        yield Finding(state, spec.name, detail, "set it in the environment, or pause the source")


def reference_state(sources: Path, data: Path | None, store: Store) -> Iterator[Finding]:
    """The official taxonomies that the sources file names: whether they are there, and what they give."""
    from ingestion.downloads import on_disk
    from ingestion.sources import load_sources
    from normalisation.full_taxonomies import described

    configured = load_sources(sources).reference
    paths = {name: on_disk(where, data, store) for name, where in sorted(configured.items())}
    for name, where in sorted(configured.items()):
        if paths[name] is None and "://" in where:
            yield Finding("optional", name, f"{where} is not fetched yet", "the next run fetches it once")
        elif paths[name] is None:
            yield Finding("missing", name, f"there is no {where}", "paths are below --data; a URL is fetched")
    try:
        found = described({name: path for name, path in paths.items() if path is not None})
    except PaybandError as error:
        if None not in paths.values():
            yield Finding("missing", "reference", str(error), "docs/how_to/full_taxonomies.md says what belongs there")
        return
    for name, told in found.items():
        yield Finding("ok", name, told)
