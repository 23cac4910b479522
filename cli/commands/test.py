"""`payband test`: the whole suite, as CI runs it."""

import os
import subprocess
import sys
from pathlib import Path

import click

from kit.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
STRIPE_TESTS = "tests/contracts/stripe"
TEST_KEYS = ("sk_test_", "rk_test_")


def _look_at_key(key: str) -> None:
    """Raises BadInput for none, and for one that could move money."""
    if not key.startswith(TEST_KEYS):
        wrong = "is no test key" if key else "is not set"
        raise BadInput(
            f"PAYBAND_STRIPE_API_KEY {wrong}: --stripe-live wants a secret key of Stripe's test mode, which begins with"
            f" {' or '.join(TEST_KEYS)} (docs/how_to/test_against_stripe.md)"
        )


@click.command("test", context_settings={"ignore_unknown_options": True})
@click.option("--deep", is_flag=True, help="Add the long runs: big simulations, long fuzzing, large markets.")
@click.option("--stripe-live", is_flag=True, help="Only the tests of Stripe, against its test mode.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED)
def command(deep: bool, stripe_live: bool, pytest_args: tuple[str, ...]) -> None:
    """Run the test suite; what follows goes on to pytest.

    \b
    ./payband test
    ./payband test --deep
    ./payband test tests/estimation -k coverage
    PAYBAND_STRIPE_API_KEY=… ./payband test --stripe-live

    Tests that need the real data sets look for them in PAYBAND_SHARED_DATA, else beside the project, and are skipped
    with the reason where there are none. --stripe-live needs a key of Stripe's test mode, and refuses every other.
    """
    if stripe_live:
        _look_at_key(os.environ.get("PAYBAND_STRIPE_API_KEY", ""))
        os.environ["PAYBAND_TEST_STRIPE_LIVE"] = "1"
        pytest_args = (*pytest_args, "-n0", STRIPE_TESTS)
    parallel = [] if any(arg.startswith("-n") for arg in pytest_args) else ["-n", "2", "--dist", "loadfile"]
    marks = [] if deep else ["-m", "not deep"]
    done = subprocess.run([sys.executable, "-m", "pytest", *parallel, *marks, *pytest_args], cwd=ROOT, check=False)
    sys.exit(done.returncode)
