"""The built-in occupations: SOC 2018 groups and common detailed occupations, with the titles people use."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kit.errors import BadInput
from normalisation.reference.soc import group_of, level_of

_FILE = Path(__file__).parent / "occupations.csv"


@dataclass(frozen=True)
class Occupations:
    """`titles`: code to its title, for every group and occupation; `entries`: (detailed code, title or alias)."""

    titles: dict[str, str]
    entries: list[tuple[str, str]]

    def names(self) -> dict[str, str]:
        """The titles of the detailed occupations."""
        return {code: title for code, title in self.titles.items() if level_of(code) == "detailed"}


@cache
def load_occupations(path: Path = _FILE) -> Occupations:
    """Read the built-in file: columns code, title, aliases (parted by ";").

    A broad group that is not listed takes the title of
    its only listed occupation.

    Raises BadInput on a code that is there twice.
    """
    titles: dict[str, str] = {}
    entries: list[tuple[str, str]] = []
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="|"):
            code, title = row["code"], row["title"]
            if code in titles:
                raise BadInput(f"{path.name}: code {code} is listed twice")
            titles[code] = title
            if level_of(code) == "detailed" or row["aliases"]:
                names = [title, *(alias.strip() for alias in (row["aliases"] or "").split(";"))]
                entries.extend((code, name) for name in names if name)
    members: dict[str, list[str]] = {}
    for code in titles:
        if level_of(code) == "detailed":
            members.setdefault(group_of(code, "broad"), []).append(code)
    for broad, codes in members.items():
        titles.setdefault(broad, titles[codes[0]])
    return Occupations(dict(sorted(titles.items())), entries)
