"""`payband releases diff` and `recompute`: which figures changed and why, and an old release made again."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.options import emit, json_option, store_option
from cli.progress import progress_bar
from kit.errors import BadInput
from kit.store import Store

if TYPE_CHECKING:
    from orchestration.revisions import Revision

CODE = click.option(
    "--code",
    type=click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True),
    help="A checkout of the version that made the older release, with what it needs installed here.",
)


@click.command()
@click.argument("before")
@click.argument("after")
@CODE
@click.option("--figures-only", is_flag=True, help="Say what changed and not why: nothing is made again.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every differing row here, a Parquet file a table.",
)
@store_option
@json_option
def diff(
    before: str, after: str, code: Path | None, figures_only: bool, output: Path | None, store: Store, as_json: bool
) -> None:
    """Say which figures differ between two releases, and why.

    The causes are new_data, late_data, correction (pages, sources or parsing), taxonomy, deduplication and method.
    Where several differ, releases between the two are made from landed pages, with one cause changed at a time; that
    takes a run for each. Rules that changed together are told apart with --code.

    \b
    ./payband releases diff 20261119T031500Z-1a2b3c4d 20261120T031500Z-5e6f7a8b
    """
    from kit.releases import differences, open_release
    from orchestration.revisions import Revision, explain, keep

    old, new = open_release(store.releases, before), open_release(store.releases, after)
    if figures_only:
        found = Revision(old, new, (), differences(old, new), {})
    else:
        with _scratch(store) as scratch, progress_bar("made again") as progress:
            found = explain(store, old, new, scratch, code, progress)
        keep(store, found)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        for table in found.tables:
            found.explained(table).write_parquet(output / f"{table}.parquet")
    told = _told(found)
    if as_json:
        emit(told)
        return
    _print(told)


@click.command()
@click.argument("release_id")
@CODE
@store_option
@json_option
def recompute(release_id: str, code: Path | None, store: Store, as_json: bool) -> None:
    """Make an old release again from landed pages and compare content hashes; exits 1 where they differ.

    It is made by the taxonomy that it carries and by the installed rules, which must be those of its manifest; --code
    names a checkout of its version where they are not. Nothing in the store is changed.
    """
    from kit.releases import open_release
    from orchestration.provenance import ingredients, versions
    from orchestration.recomputing import STAGES, prepare
    from orchestration.recomputing import recompute as made_again

    release = open_release(store.releases, release_id)
    made_of = ingredients(release)
    differing = sorted(name for name, one in made_of.versions.items() if versions().get(name) != one)
    if differing and code is None:
        raise BadInput(f"{release_id} was made by other rules ({', '.join(differing)}): name its version with --code")
    with _scratch(store) as scratch, progress_bar("made again") as progress:
        prepare(store, made_of, scratch / "store")
        stages = list(STAGES)
        again = made_again(
            scratch / "store",
            dict.fromkeys(STAGES, code) if code else None,
            lambda stage: progress(stage, stages.index(stage), len(stages)),
        )
    same = again.sealed.content == release.sealed.content
    differing = sorted(path for path, entry in release.sealed.files.items() if again.sealed.files.get(path) != entry)
    if as_json:
        emit({"id": release_id, "same": same, "content": again.sealed.content, "differing": differing})
    else:
        click.echo(f"{release_id}: the same content" if same else f"{release_id} differs in {', '.join(differing)}")
    raise SystemExit(0 if same else 1)


@contextmanager
def _scratch(store: Store) -> Iterator[Path]:
    """A folder on the store's disk, so that its files can be linked; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=".again-", dir=store.root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(found: "Revision") -> dict[str, Any]:
    tables = {
        name: {"compared": one.compared, **one.counts}
        | {"causes": {cause: step[name].rows.height for cause, step in found.by_cause.items() if name in step}}
        for name, one in found.tables.items()
    }
    return {"before": found.before.id, "after": found.after.id, "causes": list(found.causes), "tables": tables}


def _print(told: dict[str, Any]) -> None:
    click.echo(f"causes: {', '.join(told['causes']) or 'none'}")
    for name, one in told["tables"].items():
        by = ", ".join(f"{cause} {rows:,}" for cause, rows in one["causes"].items() if rows)
        counts = f"{one['changed']:>9,} changed {one['added']:>9,} added {one['removed']:>9,} removed"
        click.echo(f"{name:<28}{counts}  of {one['compared']:>9,}  {by}")
