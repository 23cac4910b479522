"""`payband billing`: what is sold, in Stripe, and what Stripe told us."""

import click

from cli.billing_events import command as events
from cli.billing_overage import command as overage
from cli.billing_payments import command as payments
from cli.billing_revenue import command as revenue
from cli.options import emit, json_option, store_option
from kit.errors import BadInput
from kit.store import Store


@click.group("billing")
def command() -> None:
    """Bring what is sold to Stripe, and see what Stripe told us.

    \b
    ./payband billing sync --dry-run     what is different there
    ./payband billing sync               show that, ask, and make it the same
    ./payband billing events list       what webhooks told, and what became of it
    ./payband billing payments --csv    what was paid, refunded, disputed, invoiced
    ./payband billing revenue           what is earned a month, who came, left and stayed
    ./payband billing overage           requests above limits that Stripe was not told of yet
    ./payband billing reconcile         whether that is what Stripe has

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
    from billing.overage import catalogue as metered
    from billing.settings import BillingSettings
    from billing.stripe import catalogue
    from billing.stripe.client import client_of
    from cli.progress import progress_bar
    from kit.settings import read

    settings = read(BillingSettings)
    client = client_of(settings)
    sold = catalogue.differences(catalogue.read(client))
    above = metered.differences(metered.read(client)) if settings.overage else []
    changes = [*sold, *above]
    for change in changes:
        click.echo(f"{change.kind:<16} {change.offer_id}: {change.detail}", err=as_json)
    if not changes:
        click.echo("Stripe has what is sold here", err=as_json)
    if changes and not dry_run:
        if not yes:
            _ask(f"make these {len(changes)} changes in Stripe?")
        with progress_bar("billing sync") as progress:
            catalogue.apply(client, sold, progress)
            metered.apply(client, above, progress)
    if as_json:
        emit({"changes": [vars(change) for change in changes], "made": bool(changes) and not dry_run})


def _ask(question: str) -> None:
    try:
        click.confirm(question, abort=True, err=True)
    except click.Abort as ended:
        if isinstance(ended.__context__, EOFError):
            raise BadInput("it needs an answer, or --yes") from None
        raise


@command.command()
@store_option
@click.option("--days", type=click.IntRange(1), default=40, show_default=True, help="How far back.")
@json_option
def reconcile(store: Store, days: int, as_json: bool) -> None:
    """Compare what is kept here with what Stripe has, of all that changed there or lives, and mend what differs.

    The same is done every night. Nothing is expected to differ: what does is queued to be read again, and exits 1.
    """
    from datetime import timedelta

    from billing.jobs import reconcile_now
    from cli.database import account_context, application_database

    with application_database(store) as urls:
        report = reconcile_now(urls.worker, account_context(store), timedelta(days=days))
    if as_json:
        emit({"compared": dict(report.compared), "differences": [vars(each) for each in report.differences]})
    else:
        counts = ", ".join(f"{count} {kind}" for kind, count in report.compared.items()) or "nothing"
        click.echo(f"compared: {counts}")
        for each in report.differences:
            click.echo(f"{'missing' if each.missing else 'differs'}: {each.kind} {each.id}")
    if report.differences:
        raise SystemExit(1)


command.add_command(events)
command.add_command(overage)
command.add_command(payments)
command.add_command(revenue)
