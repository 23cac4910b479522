"""The pipeline as a user runs it: once, again, in halves, and killed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from ingestion.landed_pages import landed_inputs
from kit.errors import Busy
from kit.frames import write_frame
from kit.releases import list_releases, verify_release
from kit.releases.manifest import LOOKUP
from kit.store import Store
from orchestration.installation import Installation
from orchestration.run import run_pipeline
from tests.end_to_end.shuffled import ShuffledConnector
from tests.end_to_end.small_market import DAYS, LAST, current, installation

pytestmark = pytest.mark.filterwarnings("ignore")  # Dagster, dbt and Great Expectations warn about each other


def test_a_release_is_sealed_marked_demo_and_counts_reconcile(whole: Installation) -> None:
    release = current(whole)
    assert verify_release(whole.store.releases, release.id) == []
    assert release.facts["demo"] is True
    assert release.facts["captured_to"] == str(LAST)
    again = run_pipeline(whole)
    assert {row["source"] for row in again.counts} == {"synthetic_a", "synthetic_b", "synthetic_c"}
    assert all(row["landed"] == row["canonical"] + row["rejected"] + row["repeats"] > 0 for row in again.counts)


def test_a_second_run_does_nothing_and_publishes_nothing(whole: Installation) -> None:
    before = current(whole)
    report = run_pipeline(whole)
    assert not report.published
    assert set(report.partitions.values()) == {0}
    assert report.release == before.id
    assert [release.id for release in list_releases(whole.store.releases)] == [before.id]


def test_neither_order_nor_ingesting_again_changes_a_release(
    whole: Installation, tmp_path: Path, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The later days first, their rows and pages shuffled; then all of them, shuffled anew, boards in another order."""
    listed = yaml.safe_load(sources.read_text())
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump(listed | {"sources": listed["sources"][::-1]}))
    again = installation(tmp_path / "store", path)
    middle, landed = LAST - timedelta(DAYS // 2), []
    for seed, first in ((1, middle + timedelta(1)), (2, None)):
        monkeypatch.setattr("ingestion.synthetic.connector.CONNECTOR", ShuffledConnector(seed))
        assert run_pipeline(again, first).published
        landed.append(landed_inputs(again.store, "synthetic_a", LAST))
    assert landed[0] != landed[1]
    made, wanted = current(again).sealed, current(whole).sealed
    differing = [name for name in wanted.files if made.files.get(name) != wanted.files[name]]
    assert differing in ([], [LOOKUP])  # whose bytes may differ: it is made of the tables
    assert made.content == wanted.content


def test_plain_calls_that_benchmarks_compare_with_give_the_same_release(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    from bench.direct_steps import build_marts, ingest, prepare  # here, for dbt's own warnings at import

    plain = installation(tmp_path / "store", sources)
    prepare(plain)
    ingest(plain, LAST)
    build_marts(plain)
    assert current(plain).sealed.content == current(whole).sealed.content


def test_a_day_that_broke_its_contract_keeps_the_last_good_release(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    broken = installation(Path(shutil.copytree(whole.store.root, tmp_path / "store")), sources)
    for frame in ("postings", "counts"):  # as the contract's check leaves a day: canonical, and never normalised
        good = broken.store.partition("canonical", frame, "synthetic_a", LAST)
        shutil.copy(good, broken.store.partition("canonical", frame, "synthetic_a", LAST + timedelta(1)))
    report = run_pipeline(broken)
    assert report.gates_failed == ["ingest_contract"]
    assert current(broken).id == current(whole).id
    refused = list_releases(broken.store.releases)[-1]
    assert "synthetic_a 2026-07-01" in refused.sealed.gates[0].detail


def test_a_day_made_anew_that_broke_its_contract_does_not_pass_with_its_old_rows(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    from orchestration.publishing import gates, read_marts  # here, where dbt's own warnings at import are let be

    changed = installation(Path(shutil.copytree(whole.store.root, tmp_path / "store")), sources)
    path = changed.store.partition("canonical", "postings", "synthetic_a", LAST)
    write_frame(pl.read_parquet(path), path, "parsed by other rules")
    gate = gates(changed, read_marts(changed.store))[0]
    assert (gate.name, gate.passed) == ("ingest_contract", False)
    assert all(each.passed for each in gates(whole, read_marts(whole.store)))


def test_a_source_whose_file_is_gone_does_not_stop_the_others(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    listed = yaml.safe_load(sources.read_text())
    gone = {"name": "gone", "connector": "files", "options": {"path": "gone.csv", "mapping": "nhs_jobs_2020_11"}}
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [gone, *listed["sources"]]}))
    store = Path(shutil.copytree(whole.store.root, tmp_path / "store"))
    report = run_pipeline(installation(store, path))
    assert list(report.failed) == ["gone"]
    assert "gone.csv" in report.failed["gone"]
    assert report.release is not None
    assert set(report.partitions.values()) == {0}


def test_a_run_without_its_reference_still_tells_what_the_store_holds(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(sources.read_text()) | {"reference": {"onet": "nowhere"}}))
    store = Path(shutil.copytree(whole.store.root, tmp_path / "store"))
    report = run_pipeline(installation(store, path))
    assert list(report.failed) == ["reference"]
    assert "nowhere" in report.failed["reference"]
    assert report.release == current(whole).id
    assert {row["source"] for row in report.counts} == {"synthetic_a", "synthetic_b", "synthetic_c"}


def test_one_writer_a_store(whole: Installation) -> None:
    command = [sys.executable, "-c", HOLD, str(whole.store.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Busy, match="another run"):
            run_pipeline(whole)


HOLD = (
    "import sys; from pathlib import Path; from kit.store import Store\n"
    "with Store(Path(sys.argv[1])).writing():\n print('held', flush=True); sys.stdin.read()"
)


def test_killed_at_any_moment_then_run_again_gives_the_same_release(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    store = Store(tmp_path / "store")
    command = [sys.executable, "-m", "cli", "run", "--store", str(store.root), "--sources", str(sources), "--json"]
    moments, killed = random.Random(7), 0
    for _ in range(3):
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as run:
            assert run.stderr is not None
            run.stderr.readline()  # it has begun
            time.sleep(moments.uniform(0.5, 9))
            os.killpg(run.pid, signal.SIGKILL)
        killed += run.returncode == -signal.SIGKILL
        for release in list_releases(store.releases):
            assert verify_release(store.releases, release.id) == []
    assert killed > 0  # a run that had ended by then was not
    done = subprocess.run(command, capture_output=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert current(Installation(store)).sealed.content == current(whole).sealed.content


ASKING = """
import sys, time
from pathlib import Path
from ingestion.synthetic.connector import CONNECTOR
from orchestration.run import run_pipeline
from tests.end_to_end.small_market import installation

def fetch(*_):
    print("asked", flush=True)
    time.sleep(600)

type(CONNECTOR).fetch = fetch
run_pipeline(installation(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_killed_while_a_source_is_asked_then_run_again_gives_the_same_release(
    whole: Installation, tmp_path: Path, sources: Path
) -> None:
    """The step that was killed held the only place from which its source may be asked."""
    command = [sys.executable, "-c", ASKING, str(tmp_path / "store"), str(sources)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"asked\n"
        os.killpg(run.pid, signal.SIGKILL)
    again = installation(tmp_path / "store", sources)
    assert run_pipeline(again).published
    assert current(again).sealed.content == current(whole).sealed.content
