"""Reference data named by URL in the sources file, fetched once into the store; paths stay what they are."""

import io
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import httpx

from kit.clock import system_clock
from kit.errors import Permanent
from kit.http import verdict
from kit.identifiers import content_hash
from kit.store import Store

UNPACKED_CAP = 2 * 2**30  # bytes; the largest official release unpacks to about 0.3 GB


def reference_paths(
    reference: Mapping[str, str], data: Path | None, store: Store, http: httpx.Client
) -> dict[str, Path]:
    """Each configured taxonomy as a file or folder on disk: below `data`, or unpacked below the store.

    A URL that was fetched once is not asked again: a new release has a new URL. Raises Retriable or Permanent.
    """
    return {
        name: fetched(where, store, http) if _is_url(where) else (data or Path()) / where
        for name, where in sorted(reference.items())
    }


def on_disk(where: str, data: Path | None, store: Store) -> Path | None:
    """Where a configured taxonomy is, without asking anybody; None for what is not there or was not fetched yet."""
    path = (data or Path()) / where
    if _is_url(where):
        home = _home(where, store)
        path = _inside(home) if home.exists() else home
    return path if path.exists() else None


def _is_url(where: str) -> bool:
    return where.startswith(("http://", "https://"))


def _name(url: str) -> str:
    return PurePosixPath(httpx.URL(url).path).name or "file"


def _home(url: str, store: Store) -> Path:
    return store.reference / "downloads" / f"{content_hash(url.encode())[:12]}-{_name(url)}"


def _inside(home: Path) -> Path:
    inside = sorted(home.iterdir())
    return inside[0] if len(inside) == 1 else home


def fetched(url: str, store: Store, http: httpx.Client) -> Path:
    """The folder of an unpacked zip archive (its one inner folder, where that is all it has), or the file itself."""
    home = _home(url, store)
    if not home.exists():
        response = http.get(url)
        if (error := verdict(response, system_clock())) is not None:
            raise error
        beside = home.with_name(f".{home.name}.part")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(parents=True)
        _keep(response.content, _name(url), beside)
        beside.rename(home)
    return _inside(home)


def _keep(body: bytes, name: str, folder: Path) -> None:
    if not zipfile.is_zipfile(io.BytesIO(body)):
        if name.endswith(".zip"):
            raise Permanent(f"{name} is no zip archive; it starts {body[:60].decode('utf-8', 'replace')!r}")
        (folder / name).write_bytes(body)
        return
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > UNPACKED_CAP:
            raise Permanent(f"{name} unpacks to {size:,} bytes: more than the {UNPACKED_CAP:,} that are allowed")
        archive.extractall(folder)  # zipfile keeps every member within the folder
