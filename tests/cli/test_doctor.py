"""What `payband doctor` says of the official taxonomies."""

from pathlib import Path

import orjson
import pytest
import yaml
from click.testing import CliRunner

from cli.main import payband
from tests.normalisation.esco_release import BUREAU, write_esco, write_table


def findings(tmp_path: Path, reference: dict[str, str]) -> tuple[int, dict[str, dict[str, str]]]:
    path = tmp_path / "sources.yaml"
    path.write_text(yaml.safe_dump({"sources": [], "reference": reference}))
    options = {"--store": tmp_path / "store", "--sources": path, "--data": tmp_path}
    words = [str(word) for pair in options.items() for word in pair]
    done = CliRunner().invoke(payband, ["doctor", *words, "--json"])
    return done.exit_code, {each["what"]: each for each in orjson.loads(done.stdout)["findings"]}


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    write_esco(tmp_path / "esco")
    write_table(tmp_path / "isco_soc.csv", BUREAU)


def test_a_sound_taxonomy_is_described(tmp_path: Path) -> None:
    code, found = findings(tmp_path, {"esco": "esco", "esco_crosswalk": "isco_soc.csv"})
    assert code == 0
    assert found["esco"]["state"] == found["esco_crosswalk"]["state"] == "ok"
    assert "6 titles, 2 more skills" in found["esco"]["detail"]


def test_what_is_not_there_is_missing_and_what_can_be_fetched_is_not(tmp_path: Path) -> None:
    code, found = findings(tmp_path, {"esco": "elsewhere", "esco_crosswalk": "https://x.invalid/isco_soc.xls"})
    assert code == 1
    assert (found["esco"]["state"], found["esco_crosswalk"]["state"]) == ("missing", "optional")
    assert "elsewhere" in found["esco"]["detail"]
    assert "next run" in found["esco_crosswalk"]["fix"]


def test_a_taxonomy_without_its_crosswalk_is_named(tmp_path: Path) -> None:
    code, found = findings(tmp_path, {"esco": "esco"})
    assert code == 1
    assert "need each other" in found["reference"]["detail"]
