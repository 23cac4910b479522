"""Which dbt project built a store's warehouse, noted beside it.

Facts that are built by what changed would keep rows, and columns, that older SQL made. So everything in a warehouse is
of the one project that its mark names: another project begins with an empty one.
"""

from functools import cache
from pathlib import Path

from kit.identifiers import hash_of_files
from kit.store import Store

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
SHAPING = ("dbt_project.yml", "packages.yml", "package-lock.yml", "macros/**/*", "models/**/*", "seeds/**/*")


@cache
def version_of(project: Path = PROJECT) -> str:
    """A hash of the project's files that say what is built; how to connect is no part of that."""
    return hash_of_files(project, *SHAPING)


def mark(store: Store) -> Path:
    """The file that names the project which built the warehouse."""
    return store.warehouse.with_suffix(".project")


def is_of_this_project(store: Store) -> bool:
    return mark(store).exists() and mark(store).read_text() == version_of()


def remember_project(store: Store) -> None:
    """Note that what is in the warehouse is of this project."""
    store.warehouse.parent.mkdir(parents=True, exist_ok=True)
    mark(store).write_text(version_of())


def remove_warehouse(store: Store) -> None:
    """Empty the store's warehouse. Its log goes first: the next database must not find that of another."""
    store.warehouse.with_name(f"{store.warehouse.name}.wal").unlink(missing_ok=True)
    store.warehouse.unlink(missing_ok=True)
