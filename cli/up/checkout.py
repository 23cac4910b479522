"""The demo checkout: in a source checkout, a stand-in for Stripe beside the API, so that buying can be tried."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from billing.customers.programs import anybody_known
from billing.settings import BillingSettings
from cli.processes import child
from kit.environment import environment
from kit.errors import Permanent
from kit.settings import DatabaseSettings, read
from kit.store import Store

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = "tests.peers.stripe"  # a part of the tests, started and never imported
PORT = 12111
WEBHOOKS = "/api/v1/webhooks/stripe"


def can_be_had() -> bool:
    """Whether a demo checkout may stand beside what the environment has: no Stripe, and no database, that are set."""
    set_by_somebody = any(name.startswith("stripe_") for name in read(BillingSettings).model_fields_set)
    there = ROOT.joinpath(*STAND_IN.split("."), "__main__.py").is_file()
    return there and not set_by_somebody and read(DatabaseSettings).urls() is None


@contextmanager
def demo_checkout(store: Store, operator: str, api: str) -> Iterator[subprocess.Popen[bytes] | None]:
    """Run the stand-in with all that is sold in it; the environment names it meanwhile, to us and to every child.

    What it knows is kept in the store. None is run where there are customers of another Stripe, who would be strangers
    to it. Raises Permanent when it does not start.
    """
    if not store.demo_checkout.exists() and anybody_known(operator):
        click.echo("checkout   no demo: the store has customers of another Stripe", err=True)
        yield None
        return
    hears, tells = os.pipe()
    command = [sys.executable, "-m", STAND_IN, "--port", str(PORT), "--state", str(store.demo_checkout)]
    command += ["--webhook", f"{api}{WEBHOOKS}", "--tell", str(tells)]
    log = store.logs / "demo_checkout.log"
    with child(command, {"PYTHONPATH": str(ROOT)}, log, fds=(tells,)) as process:
        os.close(tells)
        with open(hears) as told:
            line = told.readline()
        if not line:
            raise Permanent(f"the demo checkout does not start; the reason stands at the end of {log}")
        known = json.loads(line)
        with environment(_variables(known)):
            _bring_offers()
            click.echo(f"checkout   {known['url']}  DEMO: no money moves (docs/how_to/try_the_checkout.md)", err=True)
            yield process


def _variables(known: dict[str, str]) -> dict[str, str]:
    """What names the stand-in; it is never behind the proxy that the environment may name."""
    direct = {name: ",".join(filter(None, (os.environ.get(name), "127.0.0.1"))) for name in ("NO_PROXY", "no_proxy")}
    return direct | {
        "PAYBAND_STRIPE_API_KEY": known["key"],
        "PAYBAND_STRIPE_API_BASE": known["url"],
        "PAYBAND_STRIPE_WEBHOOK_SECRETS": known["secret"],
    }


def _bring_offers() -> None:
    from billing.overage import catalogue as metered
    from billing.stripe import catalogue
    from billing.stripe.client import client_of

    settings = read(BillingSettings)
    client = client_of(settings)
    catalogue.bring(client)
    if settings.overage:
        metered.bring(client)
