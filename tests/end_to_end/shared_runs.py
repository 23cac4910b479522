"""Runs of the pipeline over the real data sets, and what their warehouse says."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from kit.releases import Release, current_release
from kit.store import Store
from orchestration.installation import Installation
from orchestration.run import RunReport, run_pipeline
from tests.conftest import ROOT

SOURCES = ROOT / "examples" / "shared_data.yaml"


def run(folder: Path, sources: Path, data: Path, first: date | None = None, last: date | None = None) -> RunReport:
    report = run_pipeline(Installation(Store(folder), sources, data, workers=2), first, last)
    assert report.failed == {}
    assert report.gates_failed == []
    return report


def release_of(folder: Path) -> Release:
    release = current_release(Store(folder).releases)
    assert release is not None
    return release


def rows(warehouse: duckdb.DuckDBPyConnection, sql: str) -> pl.DataFrame:
    return warehouse.sql(sql).pl()


def band(warehouse: duckdb.DuckDBPyConnection, period: str, basis: str, code: str, place: str) -> dict[str, Any]:
    found = rows(
        warehouse,
        f"from api.mart_pay_bands where dimension = 'all' and period = '{period}' and basis = '{basis}'"
        f" and occupation_level = 'detailed' and occupation_code = '{code}' and place_id = '{place}'",
    )
    return found.row(0, named=True)


def openings_with_pay(warehouse: duckdb.DuckDBPyConnection, source: str) -> pl.DataFrame:
    """id of the posting that states an opening's pay, how it was read, and what was made of it."""
    return rows(
        warehouse,
        f"""select posting.source_posting_id as id, posting.pay_origin, posting.pay_period, opening.*
            from core.fct_openings as opening
            join core.fct_job_postings as posting on posting.posting_id = opening.pay_posting_id
            where posting.source = '{source}' and opening.pay_annual is not null""",
    )
