import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, payband
from kit.errors import BadInput

HEAVY = ("dagster", "dbt", "duckdb", "polars", "pandas", "great_expectations", "fastapi", "sqlalchemy", "numpy", "rich")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "cli", *arguments], capture_output=True, text=True, check=False)


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from cli.main import payband; payband.main(['--help'], standalone_mode=False);"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(f"  {name}" in done.stdout for name in COMMANDS)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str) -> None:
    command = payband.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    assert command.name == name
    assert command.help
    assert len(command.help) > 60


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("billing payments --csv --json", "--csv or --json"),
        ("billing revenue --csv --json", "--csv or --json"),
        ("sql --csv --json select", "--csv or --json"),
        ("billing payments --from 2026-03-02 --to 2026-03-01", "--from"),
        ("billing payments --from 2026-03-02 --to 2026-03-02", "--from"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_opened(tmp_path: Path, words: str, said: str) -> None:
    done = CliRunner().invoke(payband, [*words.split(), "--store", str(tmp_path / "none")])
    assert isinstance(done.exception, BadInput)
    assert said in str(done.exception)
    assert not (tmp_path / "none").exists()


def test_wrong_input_is_exit_code_2_and_says_what() -> None:
    done = run("run", "--from", "yesterday")
    assert done.returncode == 2
    assert "yesterday" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_is_wrong_input() -> None:
    done = run("walk")
    assert done.returncode == 2
    assert "No such command" in done.stderr
