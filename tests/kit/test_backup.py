import sqlite3
from pathlib import Path

import psycopg
import pytest

from kit.backup import backup, restore
from kit.errors import BadInput, Permanent
from kit.postgres import running
from kit.store import Store


def silent(label: str, done: int, total: int) -> None:
    """Progress for nobody."""


def files(store: Store) -> dict[str, bytes]:
    """What a store holds, its running services' own files aside."""
    found = (path for path in store.root.rglob("*") if path.is_file())
    named = {str(path.relative_to(store.root)): path.read_bytes() for path in found}
    return {name: data for name, data in named.items() if not name.startswith("postgres/") and name != "writer.lock"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "store")
    for name, data in (("landing/blobs/ab/abc.zst", b"raw"), ("releases/current", b"{}"), ("releases/1/x", b"\0" * 9)):
        path = made.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    made.dagster.mkdir()
    with sqlite3.connect(made.dagster / "runs.db") as database:
        database.execute("create table runs (id)")
        database.execute("insert into runs values (7)")
    database.close()
    return made


def test_a_restored_store_is_the_one_that_was_saved(store: Store, tmp_path: Path) -> None:
    with running(store) as server, psycopg.connect(server.urls.owner) as connection:
        connection.execute("create table kept as select 42 as answer")
    archive = tmp_path / "saved.tar.zst"
    assert backup(store, archive, silent) == archive.stat().st_size
    again = Store(tmp_path / "again")
    restore(archive, again)
    before, after = files(store), files(again)
    assert before.keys() == after.keys()
    assert all(before[name] == after[name] for name in before if not name.endswith(".db"))
    with sqlite3.connect(again.dagster / "runs.db") as database:
        assert database.execute("select id from runs").fetchall() == [(7,)]
    database.close()
    with running(again) as server, psycopg.connect(server.urls.owner) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)


def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    archive = tmp_path / "saved.tar.zst"
    backup(store, archive, silent)
    with pytest.raises(BadInput, match="there already"):
        backup(store, archive, silent)
    with pytest.raises(BadInput, match="not empty"):
        restore(archive, store)
    with pytest.raises(BadInput, match="no store"):
        backup(Store(tmp_path / "none"), tmp_path / "none.tar.zst", silent)


@pytest.mark.parametrize("damage", ["cut", "noise"])
def test_a_damaged_file_leaves_no_store_behind(store: Store, tmp_path: Path, damage: str) -> None:
    archive = tmp_path / "saved.tar.zst"
    backup(store, archive, silent)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2] if damage == "cut" else b"not an archive")
    with pytest.raises(Permanent, match="not a whole backup"):
        restore(archive, Store(tmp_path / "again"))
    assert not (tmp_path / "again").exists()
