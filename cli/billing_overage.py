"""`payband billing overage`: what of requests above the limit Stripe does not know yet."""

import click

from cli.options import emit, json_option, store_option
from kit.store import Store

COLUMNS = ("id", "user_id", "hour", "requests_per_hour", "answered", "above", "per_thousand", "currency", "sent_at")


@click.command("overage")
@store_option
@json_option
def command(store: Store, as_json: bool) -> None:
    """Hours with requests above the limit that are not reported to Stripe for certain, the oldest first.

    Expected are the hours that just ended. Stripe takes none that is older than 35 days.
    """
    from billing.overage.programs import unreported
    from cli.database import application_database

    with application_database(store) as urls:
        found = unreported(urls.admin)
    if as_json:
        emit({"hours": [{name: getattr(each, name) for name in COLUMNS} for each in found]})
        return
    for each in found:
        sent = f"sent {each.sent_at:%F %T}" if each.sent_at else "not sent"
        counts = f"{each.above:>9,} of {each.answered:,} above {each.requests_per_hour:,}"
        click.echo(f"{each.hour:%F %H:00}  {counts}  {sent}  {each.user_id}")
    click.echo(f"{len(found)} hours are not reported", err=True)
