"""From marts to a sealed release: what goes in, what it says about itself, and the gates it must pass."""

from functools import cache
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.normalising import is_current
from ingestion.sources import SourceSpec
from kit.frames import made_from
from kit.identifiers import content_hash, hash_of_files
from kit.releases import Gate, Release, current_release, list_releases
from kit.releases import publish as write_release
from kit.store import Store
from orchestration import provenance, taken_up
from orchestration.accuracy_gate import accuracy_gate, write_for_release
from orchestration.defs.dbt import known_nodes
from orchestration.installation import Installation
from orchestration.revision_steps import steps
from orchestration.warehouse import warehouse_of
from orchestration.warehouse_version import version_of

LAYERS = (("canonical", "counts"), ("normalised", "fingerprints"))
RULES = (provenance.ESTIMATION, "ingestion/openings/**/*.py")


def publish(installation: Installation) -> dict[str, Any]:
    """Publish what the warehouse's marts hold; returns the facts of the release that now stands, for an operator."""
    store = installation.store
    tables = read_marts(store)
    told = facts(installation, tables)
    release = write_release(
        store.releases,
        tables,
        keys=grains(store),
        folders={"taxonomy": installation.taxonomy, "accuracy": write_for_release(installation)},
        facts=told | {"changes": changes(installation, told)},
        gates=gates(installation, tables),
        clock=installation.clock,
    )
    remember(store, made_of(installation))
    standing = release or current_release(store.releases)
    return {
        "release": standing.id if standing else None,
        "new": release is not None,
        "gates_failed": ", ".join(standing.gates_failed) if standing else "",
        "rows": sum(table.height for table in tables.values()),
    }


def grains(store: Store) -> dict[str, list[str]]:
    """Every mart's name and the columns that name its rows, as the model's `meta.grain` tells them."""
    nodes = known_nodes(store)["nodes"].values()
    marts = [node for node in nodes if node["resource_type"] == "model" and node["fqn"][1:3] == ["marts", "api"]]
    return {node["name"]: list(node["config"]["meta"]["grain"]) for node in sorted(marts, key=lambda n: n["name"])}


def read_marts(store: Store) -> dict[str, pl.DataFrame]:
    """Every mart as a frame."""
    return warehouse_of(store).read("api", {name: (name, ()) for name in grains(store)})


def facts(installation: Installation, tables: dict[str, pl.DataFrame]) -> dict[str, Any]:
    """What the manifest says of how the figures came about."""
    store = installation.store
    partitions = store.partitions("normalised", "fingerprints")
    methods = tables["mart_pay_bands"]["method"].drop_nulls().unique().sort().to_list()
    return {
        "demo": installation.demo,
        "captured_from": min((str(day) for _, day, _ in partitions), default=None),
        "captured_to": max((str(day) for _, day, _ in partitions), default=None),
        "partitions": len(partitions),
        "methods": methods,
        "taxonomy": installation.taxonomy_version,
        "engine": warehouse_of(store).name,
        "code": {name: installed(name) for name in ("polars", "duckdb", "dbt-core")},
        "sources": {spec.name: _told(spec) for spec in installation.sources_file.sources},
        taken_up.FACT: taken_up.settle(store),
        **provenance.told(installation),
    }


def changes(installation: Installation, told: dict[str, Any]) -> dict[str, Any]:
    """The release before, and what differs from what it was made of: the causes that a changed figure may have."""
    before = current_release(installation.store.releases)
    if before is None or not provenance.tells(before):
        return {"since": before.id if before else None, "causes": None}
    way = steps(provenance.ingredients(before), provenance.from_facts(told, installation.taxonomy), old_code=False)
    return {"since": before.id, "causes": [cause for step in way for cause in step.cause.split("+")]}


def gates(installation: Installation, tables: dict[str, pl.DataFrame]) -> list[Gate]:
    """The conditions under which a release may become current. dbt's own tests have passed before this is asked."""
    store = installation.store
    known = {spec.name for spec in installation.active}
    # A day parsed anew that broke the contract keeps its old normalised files: being there is not enough.
    version = installation.taxonomy_version
    canonical = [(source, day) for source, day, _ in store.partitions("canonical", "counts") if source in known]
    behind = [partition for partition in canonical if not is_current(store, version, partition)]
    published = tables["mart_pay_bands"].filter(pl.col("reason").is_null()).height
    return [
        Gate(
            name="ingest_contract",
            passed=not behind,
            detail=f"{len(behind)} capture days are not normalised from what is canonical now: {_first(behind)}",
        ),
        Gate(name="not_empty", passed=published > 0, detail=f"{published} pay figures are published"),
        accuracy_gate(installation),
    ]


def made_of(installation: Installation) -> str:
    """What a release is made of: partitions, sources with their rights, the taxonomy, our own rules, the engine."""
    store = installation.store
    files = [
        f"{layer}/{source}/{day}/{made_from(path)}"
        for layer in LAYERS
        for source, day, path in store.partitions(*layer)
    ]
    sources = [spec.model_dump_json() for spec in installation.sources_file.sources]
    rest = [installation.taxonomy_version, rules(), warehouse_of(store).name]
    return content_hash("\n".join([*files, *sources, *rest]).encode())


@cache
def rules() -> str:
    """A hash of the files that turn facts into figures: a changed dbt project or estimator publishes again."""
    code = hash_of_files(Path(__file__).resolve().parents[1], *RULES)
    return content_hash(f"{version_of()} {code}".encode())


def current_is_fresh(installation: Installation) -> bool:
    """Whether the marts were last published from exactly what is there now."""
    path = installation.store.releases / "made_of"
    return path.exists() and path.read_text() == made_of(installation)


def remember(store: Store, wanted: str) -> None:
    """Note what was published; a run killed before this line publishes again and finds nothing new."""
    (store.releases / "made_of").write_text(wanted)


def latest(installation: Installation) -> Release | None:
    """The newest release, current or refused by a gate."""
    return max(list_releases(installation.store.releases), key=lambda release: release.id, default=None)


def _told(spec: SourceSpec) -> dict[str, Any]:
    return {"connector": spec.connector, **spec.rights.model_dump(mode="json", exclude_none=True)}


def _first(partitions: list[tuple[str, Any]]) -> str:
    return ", ".join(f"{source} {day}" for source, day in partitions[:3]) or "none"
