"""The full ESCO release, read from its official CSV download (a folder, or the zip archive as it comes).

Of it we take the names of occupations, in every language that is there, and the concepts of knowledge in English, which
texts name as they stand ("thermodynamics"). Its skills and competences are sentences ("manage musical staff") that
postings do not repeat word for word, and its relations say what an occupation needs by judgement, not by observation.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from kit.errors import BadInput
from normalisation.reference.crosswalk import Crosswalk
from normalisation.skill_list import Skill, folded_phrase

_OCCUPATIONS, _SKILLS = "occupations_*.csv", "skills_en.csv"
_PARENTHESIS = re.compile(r"\s*\([^)]*\)\s*$")  # "Python (computer programming)"
_LABELS = ("preferredLabel", "altLabels", "hiddenLabels")
Row = dict[str, str]


@dataclass(frozen=True)
class EscoTitles:
    """`entries`: (SOC 2018 code at any level, title), sorted and distinct. `uncoded` occupations have no SOC group."""

    entries: list[tuple[str, str]]
    occupations: int
    uncoded: int


def esco_files(where: Path) -> list[Path]:
    """The files that are read. Raises BadInput where there is neither a folder nor an archive."""
    if where.is_dir():
        return sorted([*where.glob(_OCCUPATIONS), *where.glob(_SKILLS)])
    if zipfile.is_zipfile(where):
        return [where]
    raise BadInput(f"no folder or zip archive {where}: reference.esco must name ESCO's download as CSV")


def load_titles(where: Path, crosswalk: Crosswalk) -> EscoTitles:
    """Every preferred, alternative and hidden label of occupations, under the SOC code that the crosswalk gives.

    Raises BadInput when the download has no table of occupations or one lacks a column.
    """
    occupations: dict[str, str | None] = {}
    entries: set[tuple[str, str]] = set()
    for row in _table(where, _OCCUPATIONS, ("conceptUri", "iscoGroup", "preferredLabel", "altLabels")):
        soc = crosswalk.soc(row["conceptUri"], row["iscoGroup"])
        occupations[row["conceptUri"]] = soc
        if soc is not None:
            entries.update((soc, label) for label in _labels(row))
    return EscoTitles(sorted(entries), len(occupations), sum(soc is None for soc in occupations.values()))


def load_skills(where: Path, known: Sequence[Skill]) -> list[Skill]:
    """The concepts of knowledge that `known` does not have, with every name that no skill has yet, ordered by id.

    A name of one word is a skill only in its very spelling and beside other skills: "law" is said of much else. Raises
    BadInput like `load_titles`.
    """
    taken = {folded_phrase(phrase) for skill in known for phrase in _phrases(skill)} | {""}
    found: dict[str, Skill] = {}
    rows = _table(where, _SKILLS, ("conceptUri", "skillType", "preferredLabel", "altLabels"))
    for row in sorted((row for row in rows if row["skillType"] == "knowledge"), key=lambda row: row["preferredLabel"]):
        name, *others = dict.fromkeys(_PARENTHESIS.sub("", label) for label in _labels(row))
        skill_id = "esco-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        if folded_phrase(name) in taken or skill_id in found:
            continue
        aliases = []
        taken.add(folded_phrase(name))
        for other in others:
            if folded_phrase(other) not in taken and ";" not in other:
                taken.add(folded_phrase(other))
                aliases.append(f"{'!' if ' ' in other else '?'}{other}")
        rules = frozenset() if " " in name else frozenset({"case", "near"})
        found[skill_id] = Skill(skill_id, name, "knowledge", tuple(aliases), rules, ())
    return [found[skill_id] for skill_id in sorted(found)]


def _phrases(skill: Skill) -> Iterator[str]:
    yield from (phrase for phrase, _ in skill.patterns())
    yield from skill.exceptions


def _labels(row: Row) -> list[str]:
    """A concept's names, the preferred one first."""
    lines = (" ".join(line.split()) for column in _LABELS for line in row.get(column, "").splitlines())
    return list(dict.fromkeys(filter(None, lines)))


def _table(where: Path, wanted: str, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of every file of that name, files in order. Raises BadInput where there is none or a column lacks."""
    texts = list(_texts(where, wanted))
    if not texts:
        raise BadInput(f"{where} holds no ESCO table {wanted}")
    for name, text in texts:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        missing = sorted(set(columns) - set(reader.fieldnames or ()))
        if missing:
            raise BadInput(f"{name} lacks the ESCO column(s) {', '.join(missing)}")
        yield from ({key: value or "" for key, value in row.items() if key} for row in reader)


def _texts(where: Path, wanted: str) -> Iterator[tuple[str, str]]:
    for path in esco_files(where):
        if not zipfile.is_zipfile(path):
            if fnmatchcase(path.name, wanted):
                yield path.name, path.read_text(encoding="utf-8-sig")
            continue
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if fnmatchcase(PurePosixPath(name).name, wanted):
                    yield name, archive.read(name).decode("utf-8-sig")
