"""Which confidential rows stand behind a release: kept beside the releases, never in them.

taken_up/next.parquet      what the estimate of pay cells took up; the next release will stand on it
taken_up/<hash>.parquet    what a release stands on; its manifest says which, and which release's it was made from

Differences between two releases give nothing away because blocks stay as they are (`estimation.disclosure`). Hence
the rows of the last release are an input of the next, as much as landed pages are.
"""

from collections.abc import Collection
from pathlib import Path

import polars as pl

from estimation.schema import TAKEN_UP
from kit.errors import BadInput, Permanent
from kit.frames import write_frame
from kit.identifiers import content_hash
from kit.releases import Release, list_releases
from kit.store import Store

FACT = "taken_up"
NEXT, FIRST = "next", "first"  # FIRST names, in the store of a release made again, what it is made from


def told(release: Release) -> dict[str, str | None]:
    """What a manifest says: `before` and `after` are hashes, `release` that whose rows `before` are."""
    return dict(release.facts.get(FACT) or {"release": None, "before": None, "after": None})


def earlier(store: Store) -> pl.DataFrame:
    """The rows that the last release stands on; none where there was no confidential row yet.

    Raises Permanent where they are gone: new figures beside those of that release could give somebody's pay away.
    """
    _, name = _last(store)
    if name is None:
        return pl.DataFrame(schema=dict(TAKEN_UP))
    path = file_of(store, name)
    if not path.exists():
        raise Permanent(
            f"{path} is gone: it says which confidential rows are in the last release, without which no figure of "
            "confidential pay can be made that does not give rows away. Restore it from a backup, or remove the "
            "releases that name it"
        )
    return pl.read_parquet(path)


def propose(store: Store, rows: pl.DataFrame) -> None:
    """Keep what the next release stands on."""
    write_frame(rows, file_of(store, NEXT))


def settle(store: Store) -> dict[str, str | None]:
    """What the manifest of the release that is about to be published says; its rows are kept under their hash."""
    release, before = _last(store)
    after = before
    if file_of(store, NEXT).exists():
        rows = pl.read_parquet(file_of(store, NEXT))
        if rows.height:
            after = content_hash(rows.write_csv().encode())[:32]
            write_frame(rows, file_of(store, after))
    return {"release": release, "before": before, "after": after}


def file_of(store: Store, name: str) -> Path:
    """Where rows are kept under a name."""
    return store.taken_up / f"{name}.parquet"


def link_for(store: Store, target: Store, name: str | None, release: str | None) -> None:
    """Give the store of a release that is made again the rows that it was made from.

    Raises BadInput where they are gone.
    """
    if name is None:
        return
    path = file_of(store, name)
    if not path.exists():
        raise BadInput(
            f"the confidential rows that release {release} stood on are no longer there ({path.name}): "
            "they were pruned or taken down"
        )
    target.taken_up.mkdir(parents=True)
    file_of(target, name).hardlink_to(path)
    (target.taken_up / FIRST).write_text(f"{release} {name}")


def forget(store: Store, source: str) -> int:
    """Remove the pay of a source's rows from everything kept; returns how many rows had one.

    That they were in figures stays known, so that their blocks do not come back.
    """
    found = 0
    pay = [name for name in TAKEN_UP if name.startswith("pay_")]
    for path in sorted(store.taken_up.glob("*.parquet")):
        rows = pl.read_parquet(path)
        touched = (pl.col("source") == source) & pl.col("pay_annual").is_not_null()
        here = rows.filter(touched).height
        if here:
            found += here
            write_frame(rows.with_columns(pl.when(touched).then(None).otherwise(pl.col(pay)).name.keep()), path)
    return found


def forget_unnamed(store: Store, needed: Collection[str | None]) -> int:
    """Remove the files that no release names; returns how many there were."""
    gone = [path for path in store.taken_up.glob("*.parquet") if path.stem not in {*needed, NEXT}]
    for path in gone:
        path.unlink()
    return len(gone)


def _last(store: Store) -> tuple[str | None, str | None]:
    """The newest release that stands on confidential rows, and the name of these."""
    first = store.taken_up / FIRST
    if first.exists():
        release, name = first.read_text().split()
        return release, name
    for published in reversed(list_releases(store.releases)):
        after = told(published)["after"]
        if after is not None:
            return published.id, after
    return None, None
