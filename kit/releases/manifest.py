"""What a release says about itself."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

FORMAT = 2  # of folder, manifest and look-up; 2: compressed look-up
MANIFEST = "manifest.json"
LOOKUP = "lookup.lmdb"


class Gate(BaseModel):
    """A condition that a release must meet to be made current."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    passed: bool
    detail: str


class FileEntry(BaseModel):
    """One file of a release."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bytes: int
    sha256: str


class TableEntry(BaseModel):
    """One table of a release: `keys` is empty for a table that the look-up leaves out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int
    columns: tuple[tuple[str, str], ...]  # name and type, in the order in which the look-up has the values
    keys: tuple[str, ...]


class Manifest(BaseModel):
    """The whole of manifest.json.

    `content` is the hash over tables and accompanying folders, and over nothing else: it is equal for equal content,
    whenever and by whatever code it was published. `facts` is the publisher's: window, versions, sources and rights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    id: str
    made_at: datetime
    content: str
    status: Literal["ready", "refused"]
    gates: tuple[Gate, ...]
    tables: dict[str, TableEntry]
    files: dict[str, FileEntry]
    facts: dict[str, Any]
