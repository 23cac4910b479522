"""A release made again, in a folder of its own, from landed pages: by the installed rules, or by those of a checkout.

    python -m orchestration.recomputing STAGE SCRATCH     one stage, by the code of the folder that this is run in

The stages meet in files, so that one can be run by the code of one version and the next by another's.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from ingestion import landed_pages, normalising, openings, parsing
from ingestion.landed_pages import record_path, record_with
from kit.errors import BadInput, Permanent
from kit.frames import write_frame
from kit.releases import Release, list_releases
from kit.store import Store
from kit.workers import workers_kept
from orchestration import taken_up
from orchestration.installation import Installation
from orchestration.provenance import HERE, Ingredients, Partition
from orchestration.reference import carried_tables, sources_table

ENGINE = "engine"  # the file in the scratch folder that names it
LINKED = ("canonical", "normalised")  # what is there already is taken, where it is of the same pages and rules
Progress = Callable[[str], None]


def prepare(store: Store, made_of: Ingredients, scratch: Path) -> None:
    """Fill `scratch` with what a release was made of: its landed pages, its sources, its taxonomy.

    Nothing is copied that can be linked. Raises BadInput naming the first partition whose pages are gone, or the
    release whose confidential rows are.
    """
    target = Store(scratch)
    target.landing.mkdir(parents=True)
    (target.landing / "blobs").symlink_to((store.landing / "blobs").resolve())
    for partition, inputs in made_of.landed.items():
        record = record_with(store, *partition, inputs)
        if record is None:
            source, day = partition
            raise BadInput(f"the pages of {source} of {day} are no longer there: they were pruned or taken down")
        _link(record, record_path(target, *partition))
        for layer in LINKED:
            for path in (store.root / layer).glob(f"*/source={partition[0]}/{partition[1].isoformat()}.*"):
                _link(path, target.root / path.relative_to(store.root))
    taken_up.link_for(store, target, made_of.taken_up, made_of.taken_up_by)
    (scratch / ENGINE).write_text(made_of.engine)
    (scratch / "sources.yaml").write_text(yaml.safe_dump(made_of.sources.model_dump(mode="json")))
    shutil.copytree(made_of.taxonomy, target.reference / "taxonomy")


def recompute(
    scratch: Path, codes: Mapping[str, Path] | None = None, progress: Progress = lambda _stage: None
) -> Release:
    """Run every stage on what `prepare` put there; the release that comes out, in the scratch store's releases.

    `codes` names for a stage the checkout whose code is to run it; the installed code runs the others.
    """
    for stage in STAGES:
        progress(stage)
        folder = (codes or {}).get(stage, HERE).resolve()
        if folder == HERE:
            run_stage(stage, scratch)
        else:
            _run_elsewhere(stage, scratch, folder)
    return list_releases(Store(scratch).releases)[-1]


def run_stage(stage: str, scratch: Path) -> None:
    """One stage by this code, in an engine of the scratch folder's own: never in the installation's."""
    store = Store(scratch)
    with _own_engine((scratch / ENGINE).read_text()), store.writing(), workers_kept():
        STAGES[stage](Installation(store, sources_path=scratch / "sources.yaml", workers=min(2, os.cpu_count() or 1)))


@contextmanager
def _own_engine(engine: str) -> Iterator[None]:
    wanted = {"PAYBAND_ENGINE": engine, "PAYBAND_WAREHOUSE_URL": None}
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def _rows(installation: Installation) -> None:
    """Landed pages to normalised rows; the taxonomy is the release's own."""
    store = installation.store
    for name, table in carried_tables(installation.taxonomy).items():
        write_frame(table, store.reference / f"{name}.parquet")
    write_frame(sources_table(installation), store.reference / "sources.parquet")
    known = {spec.name: spec for spec in installation.sources_file.sources}
    partitions: list[Partition] = [each for each in landed_pages.landed(store) if each[0] in known]
    for source, day in partitions:
        parsing.parse_partition(store, known[source], day)
    normalising.normalise_partitions(store, installation.taxonomy, partitions, installation.workers)


def _openings(installation: Installation) -> None:
    openings.cluster(installation.store, installation.allowed)


def _figures(installation: Installation) -> None:
    """Facts, estimates, marts, and the release of them."""
    from orchestration.dbt_runner import run_dbt
    from orchestration.defs.dbt import API
    from orchestration.estimates import estimate_all
    from orchestration.publishing import publish

    store = installation.store
    run_dbt(store, command="run", flags=["--exclude", *API])
    estimate_all(store)
    run_dbt(store, API, command="run")
    publish(installation)


STAGES: dict[str, Callable[[Installation], None]] = {"rows": _rows, "openings": _openings, "figures": _figures}


def _run_elsewhere(stage: str, scratch: Path, folder: Path) -> None:
    """One stage by the code in `folder`: Python puts the folder that it is run in before every other."""
    if not (folder / "orchestration" / "recomputing.py").exists():
        raise BadInput(f"{folder} is no checkout of a version that can make releases again")
    command = [sys.executable, "-m", "orchestration.recomputing", stage, str(scratch)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Permanent(f"stage {stage} by the code in {folder} failed: {done.stderr.strip()[-2000:]}")


def _link(path: Path, target: Path) -> None:
    """A hard link: files are replaced here, never written into, so that the original stays as it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(path, target)


if __name__ == "__main__":
    run_stage(sys.argv[1], Path(sys.argv[2]))
