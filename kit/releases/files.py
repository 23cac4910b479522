"""Files that are on disk when we say so: hashing, flushing, sealing, the pointer."""

import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from kit.errors import Busy, Permanent
from kit.files import write_whole
from kit.releases.manifest import FileEntry

POINTER = "current"
BUILDING = ".building-"
REMOVING = ".removing-"


class Pointer(NamedTuple):
    """`id` is the current release; `passed_over` the newest one at the time an older was chosen by hand."""

    id: str
    passed_over: str | None = None


def entry(path: Path) -> FileEntry:
    """Size and SHA-256 of a file, read in pieces."""
    with open(path, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return FileEntry(bytes=path.stat().st_size, sha256=digest)


def entries(folder: Path) -> dict[str, FileEntry]:
    """Every file below `folder` by its relative path with forward slashes, in order."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): entry(path) for path in files}


def flush(path: Path) -> None:
    """Force a file's or folder's content to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seal(folder: Path) -> None:
    """Flush everything below `folder` and take away the right to write."""
    for path in sorted(folder.rglob("*"), reverse=True):  # files before the folders that hold them
        path.chmod(0o555 if path.is_dir() else 0o444)
        flush(path)
    folder.chmod(0o555)
    flush(folder)


def read_pointer(root: Path) -> Pointer | None:
    """The pointer; None where nothing was published yet. Raises Permanent when it cannot be read."""
    try:
        return Pointer(**json.loads((root / POINTER).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise Permanent(f"{root / POINTER} is damaged ({error}): point it with `payband releases use ID`") from None


def write_pointer(root: Path, pointer: Pointer) -> None:
    """The one change that makes a release current."""
    write_whole(root / POINTER, json.dumps(pointer._asdict()).encode())
    flush(root)


def remove_tree(folder: Path) -> None:
    """Remove a sealed folder: unseen at once (renamed), then deleted."""
    unseen = folder.with_name(REMOVING + folder.name.removeprefix(REMOVING))
    if folder != unseen:
        folder.rename(unseen)
    for path in [unseen, *(path for path in unseen.rglob("*") if path.is_dir())]:
        path.chmod(stat.S_IRWXU)
    shutil.rmtree(unseen)


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Hold the one writer's lock and clear away what a killed writer left. Raises Busy."""
    root.mkdir(parents=True, exist_ok=True)
    with open(root / ".writer.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(f"another process is writing to {root}: let it end") from None
        for left in sorted(root.iterdir()):
            if left.name.startswith((BUILDING, REMOVING)):
                remove_tree(left)
            elif left.name.startswith(".current.") and left.name.endswith(".part"):
                left.unlink()
        yield
