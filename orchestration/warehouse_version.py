"""Which dbt project is this one: a warehouse remembers the one that built it (orchestration.warehouse).

Facts that are built by what changed would keep rows, and columns, that older SQL made. So everything in a warehouse is
of one project: another begins with an empty one.
"""

from functools import cache
from pathlib import Path

from kit.identifiers import hash_of_files

PROJECT = Path(__file__).resolve().parent.parent / "dbt_project"
SHAPING = ("dbt_project.yml", "packages.yml", "package-lock.yml", "macros/**/*", "models/**/*", "seeds/**/*")


@cache
def version_of(project: Path = PROJECT) -> str:
    """A hash of the project's files that say what is built; how to connect is no part of that."""
    return hash_of_files(project, *SHAPING)
