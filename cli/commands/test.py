"""`payband test`: the whole suite, as CI runs it."""

import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.option("--deep", is_flag=True, help="Add the long runs: big simulations, long fuzzing, large markets.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(deep: bool, pytest_args: tuple[str, ...]) -> None:
    """Run the test suite; what follows goes on to pytest.

    \b
    ./payband test
    ./payband test --deep
    ./payband test tests/estimation -k coverage

    Tests that need the real data sets look for them in PAYBAND_SHARED_DATA, else beside the project, and are skipped
    with the reason where there are none.
    """
    parallel = [] if any(arg.startswith("-n") for arg in pytest_args) else ["-n", "2", "--dist", "loadfile"]
    marks = [] if deep else ["-m", "not deep"]
    done = subprocess.run([sys.executable, "-m", "pytest", *parallel, *marks, *pytest_args], cwd=ROOT, check=False)
    sys.exit(done.returncode)
