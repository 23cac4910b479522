"""`payband billing`: what is sold, in Stripe, and what Stripe told us."""

import click

from cli.billing_events import command as events
from cli.billing_payments import command as payments
from cli.options import emit, json_option


@click.group("billing")
def command() -> None:
    """Bring what is sold to Stripe, and see what Stripe told us.

    \b
    ./payband billing sync --dry-run     what is different there
    ./payband billing sync               show that, ask, and make it the same
    ./payband billing events list       what webhooks told, and what became of it
    ./payband billing payments --csv    what was paid, refunded, disputed, invoiced

    PAYBAND_STRIPE_API_KEY is Stripe's secret key. What is sold, and for how much, stands in billing/plans.py.
    """


@command.command()
@click.option("--dry-run", is_flag=True, help="Show what is different, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def sync(dry_run: bool, yes: bool, as_json: bool) -> None:
    """Make products and prices in Stripe what is sold here, and show first what that changes.

    Prices are found by their lookup keys. One that changed is replaced, and whoever subscribed keeps the old one; what
    is no longer sold is archived. What Stripe has beside it is left alone.
    """
    from billing.settings import BillingSettings
    from billing.stripe import catalogue
    from billing.stripe.client import client_of
    from cli.progress import progress_bar
    from kit.settings import read

    client = client_of(read(BillingSettings))
    changes = catalogue.differences(catalogue.read(client))
    for change in changes:
        click.echo(f"{change.kind:<16} {change.offer_id}: {change.detail}", err=as_json)
    if not changes:
        click.echo("Stripe has what is sold here", err=as_json)
    if changes and not dry_run:
        if not yes:
            click.confirm(f"make these {len(changes)} changes in Stripe?", abort=True, err=True)
        with progress_bar("billing sync") as progress:
            catalogue.apply(client, changes, progress)
    if as_json:
        emit({"changes": [vars(change) for change in changes], "made": bool(changes) and not dry_run})


command.add_command(events)
command.add_command(payments)
