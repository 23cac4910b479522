"""A source's first assets: landing (raw pages) and canonical (typed frames).

Each is partitioned by the source's own capture days. The bodies live in `ingestion`; here they get a place in the
graph, retries, checks and metadata that an operator can read.
"""

import time
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import dagster as dg

from ingestion import landed_pages, landing, parsing
from ingestion.freshness import is_live
from ingestion.registry import connector
from ingestion.sources import SourceSpec
from kit.errors import Permanent
from orchestration.conditions import partition_follows
from orchestration.failures import verdicts
from orchestration.fetching import fetcher
from orchestration.installation import Installation
from orchestration.partitions import days_of

OWNERS = ["team:data"]
SINGLE_RUN = dg.BackfillPolicy.single_run()
# One missed night is worth a look, three mean that figures rest on what is no longer so.
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


def land(installation: Installation, spec: SourceSpec, day: date) -> landing.LandingReport:
    """Land one source and day. Where the source no longer offers that day, what landed stands, and nothing is asked.

    A live source offers today alone: whoever asks for yesterday again must not get today's pages for it. Raises
    Permanent where nothing landed on such a day, because nothing can be had for it any more.
    """
    source, tools = connector(spec.connector), fetcher(installation)
    if not is_live(spec) or source.days(spec, tools, day, day):
        return landing.land(installation.store, spec, day, source, tools)
    record = landed_pages.read_record(installation.store, spec.name, day)
    if record is None:
        raise Permanent(f"nothing landed from {spec.name} on {day}, and it can no longer be asked for that day")
    pages = record["pages"]
    size = sum(page.size for page in pages)
    return landing.LandingReport(spec.name, day, len(pages), size, inputs=record["inputs"], changed=False, kept=True)


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
            reports = [land(installation, spec, day) for day in days(context)]
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
        automation_condition=partition_follows(),
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
