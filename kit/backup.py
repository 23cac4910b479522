"""A store as one file, and a store from such a file.

The file is a zstd-compressed tar: folders as they are, SQLite files through SQLite's own backup (a daemon may be
writing to them), and the application database as a `pg_dump`, because a running server's files are not a copy of it.
"""

import io
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import zstandard

from kit.errors import BadInput, Permanent
from kit.postgres import running
from kit.postgres.binaries import Account, programs
from kit.store import Store

DUMP = "database.dump"
FOLDERS = (
    "audit",
    "landing",
    "canonical",
    "normalised",
    "openings",
    "estimates",
    "taken_up",
    "reference",
    "warehouse",
    "releases",
    "dagster",
)
Progress = Callable[[str, int, int], None]


def backup(store: Store, target: Path, progress: Progress, without_rows_of: str | None = None) -> int:
    """Write the whole store to `target` and return its size in bytes. Holds the writer lock meanwhile.

    The rows of the table `without_rows_of` are left out, and so is the store's secret key.

    Raises BadInput when there is nothing to save or `target` is there already, Busy while a run is writing.
    """
    if not store.root.exists():
        raise BadInput(f"there is no store at {store.root}")
    if target.exists():
        raise BadInput(f"{target} is there already: name a new file")
    beside = target.with_name(f".{target.name}.part")
    with store.writing(), _compressed(beside) as archive:
        files = [path for name in FOLDERS for path in sorted((store.root / name).rglob("*")) if path.is_file()]
        for done, path in enumerate(files):
            progress(path.relative_to(store.root).parts[0], done, len(files))
            _add(archive, path, str(path.relative_to(store.root)))
        if store.postgres.exists():
            progress("database", len(files), len(files))
            _add_bytes(archive, DUMP, _dumped(store, without_rows_of))
    beside.replace(target)
    return target.stat().st_size


def restore(source: Path, store: Store) -> None:
    """Make the store anew from `source`. Raises BadInput when the store holds anything, Permanent for a bad file.

    The files appear under the store's name only when all of them, and the database, are there.
    """
    if store.root.exists() and any(store.root.iterdir()):
        raise BadInput(f"{store.root} is not empty: restore into a new folder")
    store.root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.root.parent, prefix=f".{store.root.name}.") as folder:
        beside = Store(Path(folder) / "store")
        try:
            _extract(source, beside.root)
        except FileNotFoundError:
            raise BadInput(f"there is no file {source}") from None
        except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
            raise Permanent(f"{source} is not a whole backup: {error}") from None
        dump = beside.root / DUMP
        if dump.exists():
            _load(beside, dump)
            dump.unlink()
        if store.root.exists():
            store.root.rmdir()
        beside.root.rename(store.root)


def _extract(source: Path, folder: Path) -> None:
    with (
        open(source, "rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as plain,
        tarfile.open(fileobj=plain, mode="r|") as archive,
    ):
        archive.extractall(folder, filter="data")


@contextmanager
def _compressed(path: Path) -> Iterator[tarfile.TarFile]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        open(path, "wb") as raw,
        zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(raw) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        yield archive


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    if path.suffix == ".db":
        with tempfile.NamedTemporaryFile(suffix=".db") as copy, closing(sqlite3.connect(path)) as live:
            with closing(sqlite3.connect(copy.name)) as still:
                live.backup(still)
            archive.add(copy.name, arcname=name)
    elif path.suffix not in (".db-wal", ".db-shm"):
        archive.add(path, arcname=name, recursive=False)


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    archive.addfile(entry, io.BytesIO(data))


def _dumped(store: Store, without_rows_of: str | None) -> bytes:
    left_out = [f"--exclude-table-data={without_rows_of}"] if without_rows_of else []
    with running(store) as server:
        return _client("pg_dump", "--format=custom", *left_out, f"--dbname={server.urls.owner}")


def _load(store: Store, dump: Path) -> None:
    with running(store) as server:
        _client("pg_restore", "--exit-on-error", f"--dbname={server.urls.owner}", str(dump))


def _client(program: str, *arguments: str) -> bytes:
    """Run one of the PostgreSQL clients as ourselves; raises Permanent with its own words."""
    command = [str(programs(Account()) / program), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise Permanent(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
