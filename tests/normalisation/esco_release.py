"""A tiny ESCO in the layout of the official download, with invented occupations, and crosswalks to go with it."""

import csv
from collections.abc import Sequence
from pathlib import Path

LAMP, SHADE, TIDE = (f"http://data.europa.eu/esco/occupation/{number}" for number in (1, 2, 3))
OCCUPATIONS = (
    ("Occupation", LAMP, "2512", "lantern programmer", "wick\u00a0coder\nglow developer", "lantrn programmer"),
    ("Occupation", SHADE, "110", "shade officer", "", ""),
    ("Occupation", TIDE, "9999", "tide reader", "", ""),
)
SKILLS = (
    ("1", "knowledge", "lantern optics", "optics of lanterns\nLAMPO"),
    ("2", "knowledge", "wickery", ""),
    ("3", "skill/competence", "trim wicks of lanterns", ""),
    ("4", "knowledge", "Python (computer programming)", "pythonic lanterns"),
)
# As the Bureau's workbook: a title above the header, "*" for parts, SOC 2010 codes with stray blanks.
BUREAU = (
    ("ISCO-08 to 2010 SOC Crosswalk",),
    ("ISCO-08 Code", "ISCO-08 Title EN", "part", "2010 SOC Code", "2010 SOC Title"),
    ("2512", "Software developers", "", "15-1132 ", "Software Developers, Applications"),
    ("2512", "Software developers", "", "15-1133", "Software Developers, Systems Software"),
    ("2513", "Web developers", "*", "15-1134", "Web Developers"),
    ("2513", "Web developers", "*", "27-1024", "Graphic Designers"),
    ("0110", "Officers", "*", "55-1011", "Air Crew Officers"),
    ("0110", "Officers", "*", "55-2013", "First-Line Supervisors"),
)
# As the Commission's table: lines about the project, then O*NET codes against URIs of occupations and ISCO groups.
COMMISSION = (
    ("A crosswalk",),
    ("O*NET Id", "O*NET Title", "ESCO or ISCO URI", "ESCO or ISCO Title", "Type of Match"),
    ("15-1253.00", "Testers", LAMP, "lantern programmer", "exactMatch"),
    ("11-1021.00", "Managers", LAMP, "lantern programmer", "broadMatch"),
    ("43-9061.00", "Clerks", "http://data.europa.eu/esco/isco/C9999", "Others", "closeMatch"),
    ("15-1211.00", "Analysts", "http://data.europa.eu/esco/isco/C251", "A wider group", "closeMatch"),
)


def write_table(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_esco(folder: Path) -> Path:
    """The folder, with the tables that we read and one that we do not."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("conceptType", "conceptUri", "iscoGroup", "preferredLabel", "altLabels", "hiddenLabels")
    write_table(folder / "occupations_en.csv", (names, *OCCUPATIONS))
    write_table(
        folder / "occupations_de.csv", (names, ("Occupation", LAMP, "2512", "Laternenprogrammierer/in", "", ""))
    )
    columns = ("conceptUri", "skillType", "preferredLabel", "altLabels")
    write_table(folder / "skills_en.csv", (columns, *SKILLS))
    write_table(folder / "ISCOGroups_en.csv", (("conceptType", "code", "preferredLabel"), ("ISCOGroup", "2512", "x")))
    return folder
