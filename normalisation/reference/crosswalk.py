"""From ISCO-08 and ESCO to SOC 2018, by the crosswalks that statistical offices publish.

Two files are known by their columns, wherever their header stands in the sheet:

- the U.S. Bureau of Labor Statistics' workbook from ISCO-08 unit groups to SOC 2010 (or a table of that form to 2018);
- the Commission's table from O*NET occupations to ESCO occupations, each with a type of match.

Where a group or an occupation has several codes it gets the narrowest group that holds them all, or none.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from kit.errors import BadInput
from normalisation.reference.soc import group_of, to_soc2018
from normalisation.schema import OCCUPATION_LEVELS

_KEYS = ("ISCO-08 Code", "ESCO or ISCO URI")
_SCHEMES = {"2018 SOC Code": "soc2018", "2010 SOC Code": "soc2010", "O*NET Id": "onet"}
_MATCH = "Type of Match"
_NEAREST = ("exactMatch", "closeMatch")  # where there are such, the wider and narrower matches say less
_ISCO_URI = "http://data.europa.eu/esco/isco/C"
_HEADER_WITHIN = 40  # rows
_EXCEL = (".xls", ".xlsx")


@dataclass(frozen=True)
class Crosswalk:
    """SOC 2018 codes, at any level, of ESCO occupations (by URI) and ISCO-08 unit groups (by four digits)."""

    codes: dict[str, str | None]

    def soc(self, uri: str, isco: str) -> str | None:
        """The occupation's own code, else its unit group's; None where neither has one."""
        return self.codes[uri] if uri in self.codes else self.codes.get(isco.zfill(4))


def load_crosswalk(path: Path) -> Crosswalk:
    """Read one file, or every file of a folder. Raises BadInput for what is missing or is no such table."""
    if not path.exists():
        raise BadInput(f"no file or folder {path}: reference.esco_crosswalk must name an ISCO or ESCO to SOC crosswalk")
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file in crosswalk_files(path):
        for key, match, code in _pairs(file):
            found[key][match].add(code)
    return Crosswalk({key: shared_group(_nearest(by_match)) for key, by_match in found.items()})


def crosswalk_files(path: Path) -> list[Path]:
    """The file itself, or the tables in the folder."""
    return [path] if path.is_file() else sorted(f for f in path.iterdir() if f.suffix.lower() in (".csv", *_EXCEL))


def shared_group(codes: Iterable[str]) -> str | None:
    """The narrowest SOC group that holds all the codes; None where not even their major groups are one."""
    for level in OCCUPATION_LEVELS:
        groups = {group_of(code, level) for code in codes}
        if len(groups) == 1:
            return groups.pop()
    return None


def _nearest(by_match: dict[str, set[str]]) -> set[str]:
    return next((by_match[match] for match in _NEAREST if match in by_match), set().union(*by_match.values()))


def _pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    """(ISCO unit group or ESCO URI, type of match or "", SOC 2018 code) of every row that has both codes."""
    header: list[str] = []
    scheme = key = ""
    for number, row in enumerate(_rows(path)):
        if not header:
            scheme = next((name for name in _SCHEMES if name in row), "")
            key = next((name for name in _KEYS if name in row), "")
            header = row if scheme and key else []
            if not header and number > _HEADER_WITHIN:
                break
            continue
        cells = dict(zip(header, row, strict=False))
        soc = to_soc2018(f"{_SCHEMES[scheme]}:{cells[scheme]}")
        place = _place(cells[key])
        if soc and place:
            yield place, cells.get(_MATCH, ""), soc
    if not header:
        raise BadInput(f"{path} is no crosswalk: it needs one column of {_KEYS} and one of {tuple(_SCHEMES)}")


def _place(cell: str) -> str | None:
    """An occupation's URI, or a unit group's four digits, of which a sheet may have lost the first; None for others."""
    if cell.startswith(_ISCO_URI):
        group = cell.removeprefix(_ISCO_URI)
        return group if len(group) == 4 else None  # wider groups are no occupation's own
    if cell.isdecimal():
        return cell.zfill(4)
    return cell if "/occupation/" in cell else None


def _rows(path: Path) -> Iterator[list[str]]:
    """The file's rows as stripped texts; of a workbook, its first sheet's."""
    if path.suffix.lower() in _EXCEL:
        sheet = pl.read_excel(path, has_header=False, drop_empty_rows=False, infer_schema_length=0)
        yield from ([(cell or "").strip() for cell in row] for row in sheet.iter_rows())
        return
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from ([cell.strip() for cell in row] for row in csv.reader(handle))
