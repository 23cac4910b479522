"""ESCO as it is published, through a crosswalk, into titles and skills."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from kit.errors import BadInput
from normalisation import full_taxonomies as full
from normalisation.reference import build, load, save
from normalisation.reference.crosswalk import load_crosswalk, shared_group
from normalisation.reference.esco import load_skills, load_titles
from normalisation.skill_list import built_in, parse_skills
from tests.normalisation.esco_release import BUREAU, COMMISSION, LAMP, SHADE, write_esco, write_table


@pytest.fixture
def bureau(tmp_path: Path) -> Path:
    return write_table(tmp_path / "isco_soc.csv", BUREAU)


@pytest.mark.parametrize(
    ("codes", "group"),
    [
        (["15-1252"], "15-1252"),
        (["15-1252", "15-1253"], "15-1250"),
        (["15-1252", "15-1211"], "15-1200"),
        (["15-1252", "15-2031"], "15-0000"),
        (["15-1250", "15-1252"], "15-1250"),
        (["15-1252", "27-1024"], None),
        ([], None),
    ],
)
def test_several_codes_give_the_narrowest_group_that_holds_them(codes: list[str], group: str | None) -> None:
    assert shared_group(codes) == group


def test_the_bureaus_crosswalk_is_read_from_a_table_or_a_workbook(bureau: Path, tmp_path: Path) -> None:
    want = {"2512": "15-1252", "2513": None, "0110": "55-0000"}
    assert load_crosswalk(bureau).codes == want
    width = max(map(len, BUREAU))
    rows = [(*row, *[None] * (width - len(row))) for row in BUREAU]
    workbook = tmp_path / "isco_soc.xlsx"
    pl.DataFrame(rows, orient="row").write_excel(workbook, include_header=False)
    assert load_crosswalk(workbook).codes == want
    numbers = pl.DataFrame({"ISCO-08 Code": [2512, 110], "2018 SOC Code": ["15-1252", "55-1011"]})
    numbers.write_excel(workbook)
    assert load_crosswalk(workbook).codes == {"2512": "15-1252", "0110": "55-1011"}


def test_an_occupations_own_code_decides_before_its_groups(bureau: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    shutil.copy(bureau, folder)
    write_table(folder / "onet.csv", COMMISSION)
    crosswalk = load_crosswalk(folder)
    assert crosswalk.soc(LAMP, "2512") == "15-1253"  # the exact match alone
    assert crosswalk.soc(SHADE, "110") == "55-0000"
    assert crosswalk.soc("elsewhere", "9999") == "43-9061"
    assert crosswalk.soc("elsewhere", "251") is None


@pytest.mark.parametrize("zipped", [False, True])
def test_labels_of_every_language_become_titles_and_what_has_no_code_is_counted(
    bureau: Path, tmp_path: Path, zipped: bool
) -> None:
    esco = write_esco(tmp_path / "esco")
    if zipped:
        esco = Path(shutil.make_archive(str(tmp_path / "esco"), "zip", tmp_path, "esco"))
    found = load_titles(esco, load_crosswalk(bureau))
    assert found.entries == [
        ("15-1252", "Laternenprogrammierer/in"),
        ("15-1252", "glow developer"),
        ("15-1252", "lantern programmer"),
        ("15-1252", "lantrn programmer"),
        ("15-1252", "wick coder"),
        ("55-0000", "shade officer"),
    ]
    assert (found.occupations, found.uncoded) == (3, 1)


def test_knowledge_that_is_not_listed_becomes_skills(tmp_path: Path) -> None:
    optics, wickery = load_skills(write_esco(tmp_path), parse_skills(built_in("skills.csv")))
    assert (optics.skill_id, optics.name, optics.kind) == ("esco-lantern-optics", "lantern optics", "knowledge")
    assert optics.aliases == ("!optics of lanterns", "?LAMPO")
    assert (wickery.skill_id, wickery.rules) == ("esco-wickery", {"case", "near"})


def test_a_configured_esco_is_used_and_saved_with_the_taxonomy(bureau: Path, tmp_path: Path) -> None:
    made = build({"esco": write_esco(tmp_path / "esco"), "esco_crosswalk": bureau})
    save(made, tmp_path / "taxonomy")
    again = load(tmp_path / "taxonomy")
    assert made.version == again.version
    text = f"A house of wickery, {'as all who saw it say, ' * 4}. Lantern optics, Python and some wickery."
    for taxonomy in (made, again):
        assert taxonomy.titles.candidates("Glow developer", 1)[0][0] == "15-1252"
        assert taxonomy.titles.code("Shade officer").method == "exact"
        found = [each.skill_id for each in taxonomy.skills.find(text)]
        assert found == ["esco-lantern-optics", "python", "esco-wickery"]
    assert again.skills.skills == made.skills.skills
    assert full.title_coder({}).code("Shade officer").method == "nearest"


def test_every_file_that_is_read_makes_the_version(bureau: Path, tmp_path: Path) -> None:
    reference = {"esco": write_esco(tmp_path / "esco"), "esco_crosswalk": bureau}
    assert [path.name for path in full.files(reference)] == [
        "occupations_de.csv",
        "occupations_en.csv",
        "skills_en.csv",
        "isco_soc.csv",
    ]


def test_titles_that_are_known_keep_their_codes(tmp_path: Path) -> None:
    esco = write_esco(tmp_path / "esco")
    crosswalk = write_table(tmp_path / "crosswalk.csv", (("2010 SOC Code", "ISCO-08 Code"), ("27-1024", "2512")))
    text = (esco / "occupations_en.csv").read_text(encoding="utf-8-sig")
    (esco / "occupations_en.csv").write_text(text.replace("glow developer", "software engineer"))
    coder = full.title_coder({"esco": esco, "esco_crosswalk": crosswalk})
    plain = dict(full.title_coder({}).candidates("Wick coder", 900))
    assert dict(coder.candidates("Wick coder", 900))["27-1024"] > 2 * plain["27-1024"]
    assert coder.code("Software engineer") == full.title_coder({}).code("Software engineer")


def test_what_is_wrong_is_named(bureau: Path, tmp_path: Path) -> None:
    esco = write_esco(tmp_path / "esco")
    with pytest.raises(BadInput, match="esco and esco_crosswalk need each other"):
        build({"esco": esco})
    with pytest.raises(BadInput, match="escoo is not known"):
        build({"escoo": esco})
    with pytest.raises(BadInput, match=r"no file or folder for onet \(.*nowhere\)"):
        build({"onet": tmp_path / "nowhere"})
    with pytest.raises(BadInput, match="no crosswalk"):
        load_crosswalk(esco / "skills_en.csv")
    with pytest.raises(BadInput, match="no folder or zip"):
        load_titles(bureau, load_crosswalk(bureau))
    write_table(esco / "occupations_de.csv", [("conceptUri", "altLabels", "preferredLabel")])
    with pytest.raises(BadInput, match=r"occupations_de\.csv lacks the ESCO column\(s\) iscoGroup"):
        load_titles(esco, load_crosswalk(bureau))
    (esco / "skills_en.csv").unlink()
    with pytest.raises(BadInput, match=r"no ESCO table skills_en\.csv"):
        load_skills(esco, ())


def test_doctor_is_told_what_it_gives(bureau: Path, tmp_path: Path) -> None:
    told = full.described({"esco": write_esco(tmp_path / "esco"), "esco_crosswalk": bureau})
    assert told["esco"] == "3 occupations, of which 1 have no SOC group and are not used; 6 titles, 2 more skills"
    assert told["esco_crosswalk"] == "3 groups and occupations, of which 1 lie in several major SOC groups"
