"""`payband test --stripe-live`: which keys it takes, and that it asks the address that it is told."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.peers.stripe import stripe_peer


def stripe_live(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cli", "test", "--stripe-live", "-q", *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAYBAND_STRIPE_")}
    return subprocess.run(command, cwd=ROOT, env=environment | variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("key", ["", "sk_" + "live_" + "x", "rk_" + "live_" + "x", "anything"])
def test_only_a_test_key_is_taken(key: str) -> None:
    done = stripe_live(PAYBAND_STRIPE_API_KEY=key)
    assert done.returncode == 2
    assert "begins with sk_test_ or rk_test_" in done.stderr
    assert "passed" not in done.stdout
    assert not key or key not in done.stderr


def test_the_suite_asks_the_address_that_it_is_told() -> None:
    with stripe_peer(seed="live") as peer:
        done = stripe_live(PAYBAND_STRIPE_API_KEY=peer.key, PAYBAND_STRIPE_API_BASE=peer.url)
        assert done.returncode == 0, done.stdout
        (passed,) = re.findall(r"(\d+) passed", done.stdout)
        assert int(passed) >= 15
        assert len(peer.all("customer")) > 50
        assert len(peer.all("test_helpers.test_clock")) == 0, "made and deleted"
    assert "moves its clock, faults, webhooks or buyers" in done.stdout
