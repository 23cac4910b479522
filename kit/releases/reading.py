"""Find and open releases."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from kit.errors import BadInput, Permanent
from kit.lookup import Lookup
from kit.releases.files import read_pointer
from kit.releases.manifest import FORMAT, LOOKUP, MANIFEST, Manifest


@dataclass(frozen=True)
class Release:
    """One sealed release; its look-up is opened when it is first asked for and stays open."""

    folder: Path
    sealed: Manifest

    @property
    def id(self) -> str:
        return self.sealed.id

    @property
    def manifest(self) -> dict[str, Any]:
        """The manifest as JSON has it."""
        return self.sealed.model_dump(mode="json")

    @property
    def facts(self) -> dict[str, Any]:
        """What the publisher said about it."""
        return self.sealed.facts

    @property
    def gates_failed(self) -> list[str]:
        """Names of the gates that keep it from being current."""
        return [gate.name for gate in self.sealed.gates if not gate.passed]

    def table(self, name: str) -> Path:
        """The Parquet file of a table."""
        return self.folder / "tables" / f"{name}.parquet"

    @cached_property
    def lookup(self) -> Lookup:
        """Rows by their keys, memory-mapped and read-only. Raises Permanent for another version's format."""
        if self.sealed.format != FORMAT:
            raise Permanent(f"release {self.id} has format {self.sealed.format}, not {FORMAT}: publish it again")
        tables = {
            name: (entry.keys, tuple(column for column, _type in entry.columns))
            for name, entry in self.sealed.tables.items()
        }
        return Lookup(self.folder / LOOKUP, tables)


def current_id(root: Path) -> str | None:
    """The current release's id; None where nothing was published yet."""
    pointer = read_pointer(root)
    return pointer.id if pointer else None


def current_release(root: Path) -> Release | None:
    """The current release; None where nothing was published yet."""
    name = current_id(root)
    return open_release(root, name) if name else None


def open_release(root: Path, name: str | None = None) -> Release:
    """The release with this id, or the current one.

    Raises BadInput where there is none, Permanent where its manifest is damaged.
    """
    name = name or current_id(root)
    if name is None:
        raise BadInput(f"nothing was published in {root} yet: `payband run` publishes")
    folder = root / name
    if not name[:1].isdigit() or Path(name).name != name:
        raise BadInput(f"{name!r} is not a release's id")
    try:
        return Release(folder, Manifest.model_validate_json((folder / MANIFEST).read_bytes()))
    except FileNotFoundError:
        raise BadInput(f"no release {name} in {root}: `payband releases list` shows what there is") from None
    except ValidationError as error:
        raise Permanent(f"{folder / MANIFEST} is damaged: {error}") from None


def list_releases(root: Path) -> list[Release]:
    """Every sealed release, oldest first, those that failed a gate among them."""
    if not root.exists():
        return []
    names = sorted(path.name for path in root.iterdir() if path.name[:1].isdigit() and path.is_dir())
    return [open_release(root, name) for name in names]
