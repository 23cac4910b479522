"""The full O*NET release, read from a folder of its official tables (text files, or Parquet with the same columns)."""

from pathlib import Path

import polars as pl

from kit.errors import BadInput
from normalisation.reference.soc import to_soc2018

# Table -> the column that holds titles. Each also has "O*NET-SOC Code".
_REPORTED = "Sample of Reported Titles"
_TABLES = {
    "Occupation Data": "Title",
    "Alternate Titles": "Alternate Title",
    _REPORTED: "Reported Job Title",
}
_TASKS = "Task Statements"
CODE = "O*NET-SOC Code"


def find_table(folder: Path, table: str) -> Path | None:
    """The file of one table, whether named as in the release ("Occupation Data.txt") or in snake case."""
    snake = table.lower().replace(" ", "_")
    wanted = {f"{stem}.{ending}" for stem in (table.lower(), snake, f"onet_{snake}") for ending in ("txt", "parquet")}
    found = sorted(path for path in folder.iterdir() if path.name.lower() in wanted)
    return found[0] if found else None


def _find(folder: Path, table: str) -> Path:
    if (found := find_table(folder, table)) is None:
        named = f"{table}.txt or onet_{table.lower().replace(' ', '_')}.parquet"
        raise BadInput(f"{folder} holds no O*NET table {table!r}: expected {named}")
    return found


def read_table(path: Path, *columns: str) -> pl.DataFrame:
    """A table as text, the code's and those columns at least; raises BadInput where one is missing."""
    if path.suffix.lower() == ".parquet":
        frame = pl.read_parquet(path)
    else:
        frame = pl.read_csv(path, separator="\t", infer_schema=False, quote_char=None)
    missing = {CODE, *columns} - set(frame.columns)
    if missing:
        raise BadInput(f"{path} lacks the O*NET column(s) {', '.join(sorted(missing))}")
    return frame


def occupation_titles(folder: Path) -> pl.DataFrame:
    """Occupations as (occupation_code, title): SOC 2018 detailed codes with the title of their ".00" O*NET entry."""
    column = _TABLES["Occupation Data"]
    rows = read_table(_find(folder, "Occupation Data"), column).filter(pl.col(CODE).str.ends_with(".00"))
    return rows.select(occupation_code=pl.col(CODE).str.head(7), title=pl.col(column)).sort("occupation_code")


def reported_titles(folder: Path) -> dict[str, set[str]]:
    """Titles that incumbents reported, each with the SOC 2018 codes that it was reported for."""
    column = _TABLES[_REPORTED]
    rows = read_table(_find(folder, _REPORTED), column).select(CODE, column).drop_nulls()
    found: dict[str, set[str]] = {}
    for code, title in rows.iter_rows():
        if (soc := to_soc2018(f"onet:{code}")) is not None:
            found.setdefault(str(title).strip(), set()).add(soc)
    return found


def task_statements(folder: Path) -> dict[str, set[str]]:
    """Sentences on what incumbents do, each with the SOC 2018 codes that it is said of; {} without the table."""
    path = find_table(folder, _TASKS)
    if path is None:
        return {}
    found: dict[str, set[str]] = {}
    for code, task in read_table(path, "Task").select(CODE, "Task").drop_nulls().iter_rows():
        if (soc := to_soc2018(f"onet:{code}")) is not None:
            found.setdefault(str(task).strip(), set()).add(soc)
    return found


def load_onet(folder: Path) -> list[tuple[str, str]]:
    """(SOC 2018 code, title) for every title of a release, sorted and distinct: TitleCoder's entries.

    Raises BadInput when the folder or one of its tables is missing or lacks a column.
    """
    if not folder.is_dir():
        raise BadInput(f"no folder {folder}: reference.onet must name a folder with the O*NET tables")
    entries: set[tuple[str, str]] = set()
    for table, column in _TABLES.items():
        frame = read_table(_find(folder, table), column).select(CODE, column).drop_nulls()
        for code, title in frame.iter_rows():
            soc = to_soc2018(f"onet:{code}")
            if soc is not None:
                entries.add((soc, str(title).strip()))
    return sorted(entries)
