"""Find and open releases."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from kit.errors import BadInput, Permanent
from kit.lookup import Lookup
from kit.releases.files import read_pointer
from kit.releases.manifest import LOOKUP, MANIFEST, Manifest


@dataclass(frozen=True)
class Release:
    """One sealed release; its look-up is opened when it is first asked for and stays open."""

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        return self.manifest.id

    def table(self, name: str) -> Path:
        """The Parquet file of a table."""
        return self.folder / "tables" / f"{name}.parquet"

    @cached_property
    def lookup(self) -> Lookup:
        """Rows by their keys, memory-mapped and read-only."""
        tables = {name: (entry.keys, tuple(entry.columns)) for name, entry in self.manifest.tables.items()}
        return Lookup(self.folder / LOOKUP, tables)


def current_id(root: Path) -> str | None:
    """The current release's id; None where nothing was published yet."""
    pointer = read_pointer(root)
    return pointer.id if pointer else None


def current(root: Path) -> Release | None:
    """The current release; None where nothing was published yet."""
    name = current_id(root)
    return open_release(root, name) if name else None


def open_release(root: Path, name: str) -> Release:
    """The release with this id. Raises BadInput where there is none, Permanent where its manifest is damaged."""
    folder = root / name
    if not name[:1].isdigit() or Path(name).name != name:
        raise BadInput(f"{name!r} is not a release's id")
    try:
        return Release(folder, Manifest.model_validate_json((folder / MANIFEST).read_bytes()))
    except FileNotFoundError:
        raise BadInput(f"no release {name} in {root}: `payband releases list` shows what there is") from None
    except ValidationError as error:
        raise Permanent(f"{folder / MANIFEST} is damaged: {error}") from None


def listing(root: Path) -> list[Release]:
    """Every sealed release, oldest first, those that failed a gate among them."""
    if not root.exists():
        return []
    names = sorted(path.name for path in root.iterdir() if path.name[:1].isdigit() and path.is_dir())
    return [open_release(root, name) for name in names]
