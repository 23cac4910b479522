"""dbt inside this process: a command costs its models, not five seconds of imports and parsing a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from kit.environment import environment
from kit.errors import Permanent
from kit.store import Store
from orchestration.empty_frames import ensure_empty_frames
from orchestration.partition_index import write_partition_index
from orchestration.warehouse import Warehouse, warehouse_of
from orchestration.warehouse_version import PROJECT, version_of

BUILDING = ("build", "run")
# Parsing writes the store's path into the manifest's sources, and the engine's names: one manifest for each of both.
_manifests: dict[Path, Any] = {}


@dataclass(frozen=True)
class NodeResult:
    """How one model or test ended: `status` is success, pass, warn, fail, error or skipped."""

    unique_id: str
    kind: str  # model, test, unit_test, seed, operation
    status: str
    message: str
    failures: int  # rows that fail a test
    seconds: float


@dataclass(frozen=True)
class DbtReport:
    """One dbt command's outcome, node by node, in the order of their ids."""

    command: str
    results: tuple[NodeResult, ...]

    @property
    def failed(self) -> tuple[NodeResult, ...]:
        """Nodes that keep the command from being a success: errors, failed tests, and what was skipped for them."""
        return tuple(result for result in self.results if result.status in ("error", "fail", "skipped"))

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)


def run_dbt(
    store: Store,
    select: str | Sequence[str] = (),
    command: str = "build",
    vars: Mapping[str, Any] | None = None,
    flags: Sequence[str] = (),
    check: bool = True,
) -> DbtReport:
    """Run one dbt command over the store's warehouse.

    `select` is dbt's node selection ("marts.core", "tag:x", ...), empty for everything; `flags` are further
    options of the command. Raises Permanent when dbt itself fails and, with `check`, when a model or test does.
    """
    ensure_empty_frames(store)
    write_partition_index(store)
    chosen = [select] if isinstance(select, str) else list(select)
    # The manifest is written when it is parsed; writing it and the results for every command costs a third of a second.
    arguments = [command, *(["--select", *chosen] if chosen else []), *flags, "--no-write-json"]
    if vars:
        arguments += ["--vars", orjson.dumps(dict(vars)).decode()]
    warehouse = warehouse_of(store)
    with warehouse.held():
        if command in BUILDING:
            _begin_anew_if_outdated(store, warehouse)
        warehouse.load()
        report = DbtReport(command, _results(_invoke(store, warehouse, arguments)))
    if check and report.failed:
        raise Permanent(_story(report))
    return report


def manifest(store: Store) -> Any:
    """The project's parsed manifest for this store and its engine, held for the life of the process."""
    warehouse = warehouse_of(store)
    folder = target_path(store)
    if folder not in _manifests:
        ensure_empty_frames(store)
        with warehouse.held():
            _manifests[folder] = _dbt(store, warehouse, ["parse"], None).result
    return _manifests[folder]


def target_path(store: Store) -> Path:
    """Where dbt writes its manifest and what it compiled for the store's engine."""
    engine = warehouse_of(store).name
    return store.root / "warehouse" / ("dbt" if engine == "duckdb" else f"dbt_{engine}")


def _begin_anew_if_outdated(store: Store, warehouse: Warehouse) -> None:
    """Build a warehouse that another project built anew, whole: the command that follows may choose a part of it.

    Marked when done, so a kill at any moment has the next command do it again. What fails here is no error yet: marts
    may fail for estimates that are made again only after core. It fails, and says why, when it is itself asked for.
    """
    if warehouse.built_by() == version_of():
        return
    if warehouse.exists():
        warehouse.remove()
        warehouse.load()
        _invoke(store, warehouse, ["run", "--no-write-json"])
    warehouse.remember(version_of())


def _invoke(store: Store, warehouse: Warehouse, arguments: list[str]) -> Any:
    # Held manifests know the variables that they were parsed with; others need a parse of their own.
    held = None if "--vars" in arguments else manifest(store)
    return _dbt(store, warehouse, arguments, held)


def _dbt(store: Store, warehouse: Warehouse, arguments: list[str], held: Any) -> Any:
    from dbt.cli.main import dbtRunner

    work = store.root / "warehouse"
    work.mkdir(parents=True, exist_ok=True)
    folders = {
        "project-dir": PROJECT,
        "profiles-dir": PROJECT,
        "target-path": target_path(store),
        "log-path": work / "logs",
    }
    options = [part for name, folder in folders.items() for part in (f"--{name}", str(folder))]
    # What dbt has to say is in its log file and in our report; standard output is not dbt's to write on.
    quiet = ["--log-level", "none", "--no-use-colors", "--no-version-check"]
    with environment({"PAYBAND_STORE": str(store.root), **warehouse.environment()}):
        try:
            outcome = dbtRunner(manifest=held).invoke([*quiet, *arguments, *options, "--target", warehouse.name])
        finally:
            warehouse.let_go()
            _close_logs()
    if outcome.exception is not None:
        raise Permanent(f"dbt {arguments[0]} failed: {outcome.exception}") from outcome.exception
    return outcome


def _close_logs() -> None:
    from dbt_common.events.event_manager_client import cleanup_event_logger, get_event_manager

    for logger in get_event_manager().loggers:
        for handler in getattr(getattr(logger, "_python_logger", None), "handlers", ()):
            handler.close()
    cleanup_event_logger()


def _results(outcome: Any) -> tuple[NodeResult, ...]:
    nodes = getattr(outcome.result, "results", None) or []
    results = [
        NodeResult(
            unique_id=str(node.node.unique_id),
            kind=str(node.node.resource_type),
            status=str(node.status),
            message=str(node.message or ""),
            failures=int(node.failures or 0),
            seconds=float(node.execution_time),
        )
        for node in nodes
        if getattr(node, "node", None) is not None and hasattr(node, "status")
    ]
    return tuple(sorted(results, key=lambda result: result.unique_id))


def _story(report: DbtReport) -> str:
    faults = [f"{one.unique_id} ({one.status}): {one.message}" for one in report.failed if one.status != "skipped"]
    skipped = sum(one.status == "skipped" for one in report.failed)
    return f"dbt {report.command}: " + "; ".join(faults) + (f"; {skipped} skipped for them" if skipped else "")
