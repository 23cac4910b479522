"""The dbt project as Dagster assets: one for each model, one check for each test, built by dbt in this process.

Two groups, because estimation stands between them: `core` up to the facts and dimensions, `api` from what only the
marts need to the marts that a release holds. A third, `revenue`, is the operator's, and no part of a release.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test

from kit.store import Store
from orchestration.conditions import SOLD, TAXONOMY, follows
from orchestration.dbt_runner import DbtReport, manifest, run_dbt, target_path
from orchestration.defs.ingestion import OWNERS
from orchestration.defs.normalisation import OPENINGS
from orchestration.estimates import MAKER
from orchestration.failures import verdicts
from orchestration.installation import Installation
from orchestration.warehouse import warehouse_of

API = ["payband.marts.api", "payband.intermediate.markets", "stg_estimates__*"]
REVENUE = ["payband.marts.revenue", "payband.intermediate.revenue", "stg_operator__*"]
GROUPS: dict[str, tuple[list[str], list[str]]] = {  # select, exclude
    "core": (["payband"], [*API, *REVENUE]),
    "api": (API, []),
    "revenue": (REVENUE, []),
}


def upstream(source: str, table: str) -> dg.AssetKey:
    """The asset that a dbt source's table waits for."""
    if source == "estimates":
        return dg.AssetKey(["estimates", MAKER[table]])
    if source == "operator":
        return SOLD
    return TAXONOMY if source == "reference" else OPENINGS


class Translator(DagsterDbtTranslator):
    """Names dbt's nodes as the rest of the graph is named: layer/table."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return upstream(dbt_resource_props["source_name"], dbt_resource_props["name"])
        return dg.AssetKey([dbt_resource_props["schema"].split("_")[-1], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        name = dbt_resource_props["name"]
        if "revenue" in dbt_resource_props["fqn"] or name.startswith("stg_operator__"):
            return "operator"
        return "marts" if name.startswith("mart_") else "warehouse"

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        return OWNERS

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition:
        return follows()


def known_nodes(store: Store) -> Any:
    """The project's manifest for the store and its engine, as dbt writes it."""
    manifest(store)
    return _written(target_path(store) / "manifest.json")


@cache
def _written(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


def events(report: DbtReport, known: Mapping[str, Any], counts: Mapping[str, int]) -> Iterator[Any]:
    """What dbt did, as Dagster records it; raises Failure at the end when a model or a test did not pass."""
    translator = Translator()
    place = {node: n for n, node in enumerate(TopologicalSorter(known["parent_map"]).static_order())}
    for result in sorted(
        report.results, key=lambda result: place[result.unique_id]
    ):  # parents first, or Dagster objects
        props = known["nodes"].get(result.unique_id)
        if props is None or result.status == "skipped":
            continue
        took: dict[str, float] = {"seconds": round(result.seconds, 3)}
        passed = result.status in ("success", "pass", "warn")
        if result.kind == "model" and passed:
            size: dict[str, float] = {"dagster/row_count": counts[props["name"]]} if props["name"] in counts else {}
            yield dg.MaterializeResult(asset_key=translator.get_asset_key(props), metadata=took | size)
        elif key := get_asset_check_key_for_test(known, translator, result.unique_id, None):
            yield dg.AssetCheckResult(
                asset_key=key.asset_key, check_name=key.name, passed=passed, metadata=took | {"rows": result.failures}
            )
    broken = [f"{one.unique_id.split('.')[2]}: {one.message}" for one in report.failed if one.status != "skipped"]
    if broken:
        raise dg.Failure(description="; ".join(broken[:5]), allow_retries=False)


def group(installation: Installation, name: str) -> dg.AssetsDefinition:
    """The models of one group, with their tests as checks."""
    known = known_nodes(installation.store)
    select, exclude = GROUPS[name]

    @dbt_assets(
        manifest=known,
        select=" ".join(select),
        exclude=" ".join([*exclude, "resource_type:unit_test"]),
        name=name,
        dagster_dbt_translator=Translator(),
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        part = [key.path[-1] for key in context.selected_asset_keys] if context.is_subset else select
        flags = ["--exclude", "resource_type:unit_test", *([] if context.is_subset else exclude)]
        with verdicts(), installation.store.writing(wait_s=600):
            report = run_dbt(installation.store, part, flags=flags, check=False)
            counts = warehouse_of(installation.store).row_counts()
        yield from events(report, known, counts)

    return models


def dbt_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """The groups."""
    for name in GROUPS:
        yield group(installation, name)
