from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import payband
from ingestion.sources import load_sources
from kit.errors import BadInput

FILE = """\
# our sources
sources:
  - name: acme   # the first
    connector: greenhouse
    options: {boards: [acme]}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(FILE)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(payband, ["sources", *map(str, arguments)])


def test_a_source_is_added_and_comments_stay(file: Path) -> None:
    done = run("add", "--sources", file, "--name", "umbrella", "--connector", "lever", "--option", "boards=[u, v]")
    assert done.exit_code == 0, done.output
    assert "# the first" in file.read_text()
    added = load_sources(file).sources[1]
    assert (added.name, added.connector, added.options) == ("umbrella", "lever", {"boards": ["u", "v"]})


def test_a_file_that_is_not_there_is_made(tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    assert run("add", "--sources", path, "--name", "acme", "--connector", "ashby").exit_code == 0
    assert [spec.name for spec in load_sources(path).sources] == ["acme"]


@pytest.mark.parametrize(
    "wrong", [("--name", "acme", "--connector", "lever"), ("--name", "Bad Name", "--connector", "lever")]
)
def test_what_would_not_load_is_not_written(file: Path, wrong: tuple[str, ...]) -> None:
    assert isinstance(run("add", "--sources", file, *wrong).exception, BadInput)
    assert file.read_text() == FILE


def test_an_unknown_connector_is_refused_by_name(file: Path) -> None:
    done = run("add", "--sources", file, "--name", "x", "--connector", "telegraph")
    assert isinstance(done.exception, BadInput)
    assert "telegraph" in str(done.exception)
    assert file.read_text() == FILE


def test_pausing_and_resuming(file: Path) -> None:
    assert run("pause", "acme", "--sources", file).exit_code == 0
    assert load_sources(file).sources[0].paused
    assert run("pause", "acme", "--sources", file, "--resume").exit_code == 0
    assert not load_sources(file).sources[0].paused
    assert isinstance(run("pause", "nobody", "--sources", file).exception, BadInput)


def test_listing_tells_rights(file: Path) -> None:
    done = run("list", "--sources", file)
    assert "acme" in done.output
    assert "aggregates" in done.output
