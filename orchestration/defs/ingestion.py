"""A source's first assets: landing (raw pages) and canonical (typed frames).

Each is partitioned by the source's own capture days. The bodies live in `ingestion`; here they get a place in the
graph, retries, checks and metadata that an operator can read.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import dagster as dg

from ingestion import landing, parsing
from ingestion.freshness import is_live
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from orchestration.failures import verdicts
from orchestration.fetching import fetcher
from orchestration.installation import Installation
from orchestration.partitions import days_of

OWNERS = ["team:data"]
SINGLE_RUN = dg.BackfillPolicy.single_run()
LIVE_FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=3), warn_window=timedelta(hours=36))


def days(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> list[date]:
    """The capture days that this run is about."""
    return [date.fromisoformat(key) for key in context.partition_keys]


def summary(reports: Iterable[Any], started: float, **more: Any) -> dict[str, Any]:
    """The reports' numbers, added up, as metadata."""
    totals: dict[str, int] = {}
    for report in reports:
        for name, value in vars(report).items():
            if isinstance(value, int) and not isinstance(value, bool):
                totals[name] = totals.get(name, 0) + value
    return {**totals, "seconds": round(time.monotonic() - started, 2), **more}


def landing_asset(installation: Installation, spec: SourceSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=["landing", spec.name, "pages"],
        partitions_def=days_of(spec.name),
        backfill_policy=SINGLE_RUN,
        group_name="ingestion",
        owners=OWNERS,
        kinds={spec.connector},
        pool=f"source_{spec.name}",
        freshness_policy=LIVE_FRESHNESS if is_live(spec) else None,
        tags={"source": spec.name},
        description=f"Raw pages of {spec.name}, byte for byte, with an outcome for each.",
    )
    def pages(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            tools = fetcher(installation)
            reports = [
                landing.land(installation.store, spec, day, connector(spec.connector), tools) for day in days(context)
            ]
        return dg.MaterializeResult(metadata=summary(reports, started, attribution=spec.rights.attribution))

    return pages


def canonical_asset(installation: Installation, spec: SourceSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=["canonical", spec.name, "frames"],
        deps=[dg.AssetKey(["landing", spec.name, "pages"])],
        partitions_def=days_of(spec.name),
        backfill_policy=SINGLE_RUN,
        group_name="ingestion",
        owners=OWNERS,
        kinds={"polars"},
        automation_condition=dg.AutomationCondition.eager(),
        tags={"source": spec.name},
        description=f"What {spec.name} said, in the one schema of all sources; rejected records with their reasons.",
    )
    def frames(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            reports = [parsing.parse_partition(installation.store, spec, day) for day in days(context)]
        return dg.MaterializeResult(metadata=summary(reports, started))

    return frames


def ingestion_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """Landing and canonical assets of every active source."""
    for spec in installation.active:
        yield landing_asset(installation, spec)
        yield canonical_asset(installation, spec)
