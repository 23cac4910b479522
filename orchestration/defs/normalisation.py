"""From canonical rows to openings: the taxonomy, each source's normalised frames, and the clusters over all of them."""

import time
from collections.abc import Iterator

import dagster as dg

from ingestion import normalising, openings
from ingestion.sources import SourceSpec
from orchestration.conditions import TAXONOMY, all_days_follow, partition_follows
from orchestration.day_table import day_table
from orchestration.defs.ingestion import OWNERS, SINGLE_RUN, days, summary
from orchestration.failures import verdicts
from orchestration.installation import Installation
from orchestration.partitions import days_of
from orchestration.reference import build_reference

OPENINGS = dg.AssetKey(["openings", "members"])


def taxonomy_asset(installation: Installation) -> dg.AssetsDefinition:
    @dg.asset(
        key=TAXONOMY,
        group_name="normalisation",
        owners=OWNERS,
        kinds={"polars"},
        description="Occupations, titles, skills, places and employers, as every later step and the API read them.",
    )
    def taxonomy() -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            version = build_reference(installation)
        return dg.MaterializeResult(metadata=summary([], started, version=version))

    return taxonomy


def normalised_asset(installation: Installation, spec: SourceSpec) -> dg.AssetsDefinition:
    @dg.asset(
        key=["normalised", spec.name, "frames"],
        deps=[dg.AssetKey(["canonical", spec.name, "frames"]), TAXONOMY],
        partitions_def=days_of(spec.name),
        backfill_policy=SINGLE_RUN,
        group_name="normalisation",
        owners=OWNERS,
        kinds={"polars"},
        automation_condition=partition_follows(),
        tags={"source": spec.name},
        description=f"Pay, occupations, places, employers, skills and fingerprints of {spec.name}.",
    )
    def frames(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        started = time.monotonic()
        partitions = [(spec.name, day) for day in days(context)]
        with verdicts(), installation.store.writing(wait_s=600):
            reports = normalising.normalise_partitions(
                installation.store, installation.taxonomy, partitions, installation.workers
            )
        return dg.MaterializeResult(metadata=summary(reports, started))

    return frames


def openings_asset(installation: Installation) -> dg.AssetsDefinition:
    @dg.asset(
        key=OPENINGS,
        deps=[dg.AssetKey(["normalised", spec.name, "frames"]) for spec in installation.active],
        group_name="normalisation",
        owners=OWNERS,
        kinds={"polars"},
        automation_condition=all_days_follow(),
        description="Which postings are one opening, across sources and days; only touched blocks are scored again.",
    )
    def members() -> dg.MaterializeResult:
        started = time.monotonic()
        with verdicts(), installation.store.writing(wait_s=600):
            report = openings.cluster(installation.store, installation.allowed)
        table = dg.MetadataValue.md(day_table(installation.store))
        return dg.MaterializeResult(metadata=summary([report], started, capture_days=table))

    return members


def normalisation_definitions(installation: Installation) -> Iterator[dg.AssetsDefinition]:
    """The taxonomy, the normalised assets of every active source, and the openings."""
    yield taxonomy_asset(installation)
    for spec in installation.active:
        yield normalised_asset(installation, spec)
    yield openings_asset(installation)
