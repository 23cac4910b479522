"""Runs of the pipeline over the real data sets."""

from datetime import date
from pathlib import Path

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
