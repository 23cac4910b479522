"""SOC codes, their groups and their maps; the O*NET release as it is published."""

from pathlib import Path

import polars as pl
import pytest

from kit.errors import BadInput
from normalisation.full_taxonomies import ONET, title_coder
from normalisation.reference.occupations import load_occupations
from normalisation.reference.onet import load_onet, occupation_titles, task_statements
from normalisation.reference.soc import group_of, level_of, to_soc2018


@pytest.mark.parametrize(
    ("code", "level", "broad", "minor", "major"),
    [
        ("15-1252", "detailed", "15-1250", "15-1200", "15-0000"),
        ("31-1131", "detailed", "31-1130", "31-1100", "31-0000"),
        ("51-5112", "detailed", "51-5110", "51-5100", "51-0000"),
        ("29-1141", "detailed", "29-1140", "29-1000", "29-0000"),
    ],
)
def test_groups(code: str, level: str, broad: str, minor: str, major: str) -> None:
    assert level_of(code) == level
    assert [group_of(code, name) for name in ("broad", "minor", "major")] == [broad, minor, major]
    assert [level_of(group) for group in (broad, minor, major)] == ["broad", "minor", "major"]


@pytest.mark.parametrize(
    ("given", "soc"),
    [
        ("soc2018:15-1252", "15-1252"),
        ("onet:15-1252.00", "15-1252"),
        ("onet:29-1141.03", "29-1141"),
        ("soc2010:15-1132", "15-1252"),
        ("soc2010:29-1141", "29-1141"),
        ("soc2010:49-9042", "49-9071"),  # a code of SOC 2000
        ("opm:610", "29-1141"),
        ("opm:9999", None),
        ("isco08:2512", None),
        ("soc2018:nonsense", None),
        ("", None),
        (None, None),
    ],
)
def test_codes_of_other_schemes(given: str | None, soc: str | None) -> None:
    assert to_soc2018(given) == soc


def write_release(folder: Path) -> None:
    """A tiny release in the official layout, with invented occupations' titles."""
    (folder / "Occupation Data.txt").write_text(
        "O*NET-SOC Code\tTitle\tDescription\n15-1252.00\tLantern Programmers\tx\n15-1252.01\tLantern Tuners\tx\n"
    )
    (folder / "Alternate Titles.txt").write_text(
        'O*NET-SOC Code\tAlternate Title\tShort Title\tSource(s)\n15-1252.00\tLamp "Glow" Coder\tn/a\t08\n'
    )
    pl.DataFrame(
        {"O*NET-SOC Code": ["15-1252.01"], "Reported Job Title": ["Wick Analyst"], "Shown in My Next Move": ["N"]}
    ).write_parquet(folder / "onet_sample_of_reported_titles.parquet")


def test_an_onet_release_is_read_as_published(tmp_path: Path) -> None:
    write_release(tmp_path)
    assert load_onet(tmp_path) == [
        ("15-1252", 'Lamp "Glow" Coder'),
        ("15-1252", "Lantern Programmers"),
        ("15-1252", "Lantern Tuners"),
        ("15-1252", "Wick Analyst"),
    ]
    assert occupation_titles(tmp_path).rows() == [("15-1252", "Lantern Programmers")]
    assert title_coder({ONET: tmp_path}).code("Wick analyst").method == "exact"
    assert task_statements(tmp_path) == {}
    (tmp_path / "Task Statements.txt").write_text(
        "O*NET-SOC Code\tTask ID\tTask\n15-1252.00\t1\tTrim wicks.\n29-1141.00\t2\tTrim wicks. \n"
    )
    assert task_statements(tmp_path) == {"Trim wicks.": {"15-1252", "29-1141"}}


def test_a_broken_release_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        load_onet(tmp_path / "absent")
    with pytest.raises(BadInput, match="Occupation Data"):
        load_onet(tmp_path)
    write_release(tmp_path)
    (tmp_path / "Alternate Titles.txt").write_text("Code\tName\n1\t2\n")
    with pytest.raises(BadInput, match="Alternate Title"):
        load_onet(tmp_path)


def test_every_group_above_an_official_occupation_has_a_title(shared_data: Path) -> None:
    titles = load_occupations().titles
    official = occupation_titles(shared_data / "reference")["occupation_code"].to_list()
    wanted = {group_of(code, level) for code in official for level in ("broad", "minor", "major")}
    assert sorted(wanted - titles.keys()) == []
