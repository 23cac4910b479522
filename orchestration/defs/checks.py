"""Checks that gate publishing: the contract of the canonical frames, and the counts that must reconcile."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import dagster as dg
import polars as pl

from ingestion.schema import FRAMES
from ingestion.sources import SourceSpec
from orchestration.contract import breaches
from orchestration.defs.ingestion import days
from orchestration.installation import Installation
from orchestration.partitions import days_of


def contract_check(installation: Installation, spec: SourceSpec) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(["canonical", spec.name, "frames"]),
        name="contract",
        blocking=True,
        partitions_def=days_of(spec.name),
        description="The Great Expectations suite of the ingest boundary; nothing is made of rows that break it.",
    )
    def contract(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        found = [
            f"{frame}: {breach.expectation} {breach.column}: {breach.unexpected} of {breach.rows}, as {breach.examples}"
            for frame in FRAMES
            if (files := _written(installation, spec, frame, days(context)))
            for breach in breaches(frame, files)
        ]
        return dg.AssetCheckResult(passed=not found, metadata={"breaches": dg.MetadataValue.json(found)})

    return contract


def _written(installation: Installation, spec: SourceSpec, frame: str, wanted: Sequence[date]) -> list[Path]:
    paths = (installation.store.partition("canonical", frame, spec.name, day) for day in wanted)
    return [path for path in paths if path.exists()]


def reconciliation_check(installation: Installation, spec: SourceSpec) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(["canonical", spec.name, "frames"]),
        name="counts_reconcile",
        blocking=True,
        partitions_def=days_of(spec.name),
        description="landed = canonical + rejected + exact repeats, for every frame and day.",
    )
    def counts_reconcile(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        counts = pl.concat([pl.read_parquet(path) for path in _written(installation, spec, "counts", days(context))])
        told = pl.col("canonical") + pl.col("rejected") + pl.col("repeats")
        wrong = counts.filter(pl.col("landed") != told)
        totals = counts.select(pl.col("landed", "canonical", "rejected", "repeats").sum()).row(0, named=True)
        return dg.AssetCheckResult(passed=wrong.is_empty(), metadata={**totals, "wrong": wrong.height})

    return counts_reconcile


def check_definitions(installation: Installation) -> Iterator[dg.AssetChecksDefinition]:
    """The checks of every active source."""
    for spec in installation.active:
        yield contract_check(installation, spec)
        yield reconciliation_check(installation, spec)
