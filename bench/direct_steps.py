"""The pipeline's steps by plain calls: what the same work costs without Dagster and without dbt."""

from datetime import date
from graphlib import TopologicalSorter
from typing import Any

import duckdb

from ingestion import landing, normalising, openings, parsing
from ingestion.registry import connector
from ingestion.schema import FRAMES
from ingestion.sources import SourceSpec
from kit.store import Store
from kit.workers import workers_kept
from orchestration.contract import breaches, expectations
from orchestration.dbt_runner import manifest, run_dbt
from orchestration.estimates import estimate_all
from orchestration.fetching import fetcher
from orchestration.installation import Installation
from orchestration.partition_index import write_partition_index
from orchestration.publishing import publish
from orchestration.reference import build_reference

Settings = dict[str, str | bool | int | float | list[str]]


def prepare(installation: Installation) -> None:
    """What no run should be charged with: imports, and the SQL as dbt compiles it for this store's first build."""
    expectations("postings")
    run_dbt(installation.store, command="compile", flags=["--exclude", "resource_type:unit_test"])


def ingest(installation: Installation, last: date) -> None:
    """Every source's days up to `last`, landed, parsed, checked and normalised, then clustered."""
    build_reference(installation)
    with workers_kept():
        for spec in installation.active:
            days = connector(spec.connector).days(spec, fetcher(installation), None, last)
            _ingest_source(installation, spec, days)
    openings.cluster(installation.store, installation.allowed)


def _ingest_source(installation: Installation, spec: SourceSpec, days: list[date]) -> None:
    store, tools, source = installation.store, fetcher(installation), connector(spec.connector)
    for day in days:
        landing.land(store, spec, day, source, tools)
    for day in days:
        parsing.parse_partition(store, spec, day)
    for frame in FRAMES:
        files = [store.partition("canonical", frame, spec.name, day) for day in days]
        if (found := [path for path in files if path.exists()]) and (broken := breaches(frame, found)):
            raise SystemExit(f"{spec.name} breaks the contract: {broken}")
    partitions = [(spec.name, day) for day in days]
    normalising.normalise_partitions(store, installation.taxonomy, partitions, installation.workers)


def build_marts(installation: Installation) -> None:
    """Models and tests as compiled, in the order of their graph; estimation between the facts and the marts."""
    write_partition_index(installation.store)
    nodes = _compiled(installation.store)
    order = list(TopologicalSorter({name: _parents(node, nodes) for name, node in nodes.items()}).static_order())
    late: set[str] = set()
    for name in order:
        if ".stg_estimates__" in name or late.intersection(_parents(nodes[name], nodes)):
            late.add(name)
    _execute(installation.store, [nodes[name] for name in order if name not in late])
    estimate_all(installation.store)
    _execute(installation.store, [nodes[name] for name in order if name in late])
    publish(installation)


def _compiled(store: Store) -> dict[str, Any]:
    """Models and tests with the SQL that `prepare` had compiled; dbt keeps it in the manifest that it is given."""
    return {name: node for name, node in manifest(store).nodes.items() if node.resource_type in ("model", "test")}


def _parents(node: Any, nodes: dict[str, Any]) -> set[str]:
    return {parent for parent in node.depends_on.nodes if parent in nodes}


def _execute(store: Store, nodes: list[Any]) -> None:
    """Create each model and run each test, with the settings of the project's profile."""
    settings: Settings = {
        "threads": 2,
        "memory_limit": "2GB",
        "temp_directory": str(store.root / "warehouse" / "spill"),
    }
    with duckdb.connect(str(store.warehouse), config=settings) as connection:
        for node in nodes:
            if node.resource_type == "test":
                failures = connection.sql(f"select count(*) from ({node.compiled_code}) as failing").fetchall()[0][0]
                if failures and node.config.severity.upper() == "ERROR":
                    raise SystemExit(f"{node.name} fails for {failures} rows")
                continue
            kind = "view" if node.config.materialized == "view" else "table"
            connection.execute(f'create schema if not exists "{node.schema}"')
            connection.execute(f"create or replace {kind} {node.relation_name} as {node.compiled_code}")
