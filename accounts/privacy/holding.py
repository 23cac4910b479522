"""How one table that holds something of a person is handed out and erased."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import ColumnElement, LargeBinary, Table

from kit.database import Base

Erasure = Literal[
    "deleted",  # the rows are gone
    "emptied",  # the row stays with its id, which is nobody's any more
    "sealed for good",  # the rows stay, and what tells who it was opens no more: its key is destroyed
    "kept",  # the rows hold ids and times alone
]
HASH = "a hash: nothing can be read out of it"
CREDENTIAL = "a secret that signs you in: handing it out would be a danger to you"


@dataclass(frozen=True)
class Holding:
    """One table. `opens` maps sealed columns to the fields that they are sealed for, `json` those that hold JSON."""

    model: type[Base]
    about: str
    erasure: Erasure = "deleted"
    owner: str = "user_id"
    opens: Mapping[str, str] = field(default_factory=dict)
    withholds: Mapping[str, str] = field(default_factory=dict)  # column -> why
    json: frozenset[str] = frozenset()
    exported: bool = True
    kept_in: type[Base] | None = None  # the table, where `model` is a view that shows it
    also: str | None = None  # a second column that names the owner, where the first names nobody

    def __post_init__(self) -> None:
        for column in self.table.columns:
            told = column.name in self.opens or column.name in self.withholds
            if self.exported and isinstance(column.type, LargeBinary) and not told:
                raise ValueError(f"{self.name}.{column.name}: say which field it is sealed for, or why it is withheld")

    @property
    def table(self) -> Table:
        """The table itself."""
        return _table(self.model)

    @property
    def name(self) -> str:
        """The table's name, and that of its file in an export."""
        return self.table.name

    @property
    def kept(self) -> Table:
        """Where the rows are: the table itself, or that of which it is a view."""
        return self.table if self.kept_in is None else _table(self.kept_in)

    def of(self, user_id: object, table: Table | None = None) -> ColumnElement[bool]:
        """Which rows of the table, or of the one where they are kept, are the user's."""
        columns = (self.table if table is None else table).columns
        own = columns[self.owner] == user_id
        return own if self.also is None else own | (columns[self.owner].is_(None) & (columns[self.also] == user_id))


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101  every mapped class of ours is one table, or a view
    return table
