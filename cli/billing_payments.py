"""`payband billing payments`: what was paid, refunded, disputed and invoiced."""

import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime

import click

from cli.options import emit, json_option, one_format, store_option
from kit.errors import BadInput
from kit.store import Store

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("payments")
@store_option
@click.option("--from", "since", type=DAY, help="The first day (UTC).")
@click.option("--to", "until", type=DAY, help="The day (UTC) before which it ends.")
@click.option("--csv", "as_csv", is_flag=True, help="As CSV, amounts in minor units.")
@json_option
def command(store: Store, since: datetime | None, until: datetime | None, as_csv: bool, as_json: bool) -> None:
    """Everybody's payments, refunds, disputes and invoices, newest first."""
    from billing.payments.programs import lines
    from cli.database import application_database

    one_format(as_csv, as_json)
    if since and until and since >= until:
        raise BadInput("--from must come before --to")
    with application_database(store) as urls:
        found = lines(urls.admin, _utc(since), _utc(until))
    if as_json:
        emit({"lines": [asdict(line) for line in found]})
    elif as_csv:
        names = ("at", "kind", "id", "user_id", "minor", "currency", "status", "payment_id", "offer", "number")
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(names)
        rows = ({**asdict(line), "at": line.at.isoformat()} for line in found)
        out.writerows([row[name] for name in names] for row in rows)
    else:
        for line in found:
            amount = f"{line.price.text} {line.currency}"
            about = line.offer or line.number or line.payment_id or ""
            click.echo(f"{line.at:%F %T}  {line.kind:<8} {amount:>15}  {line.status:<16} {line.id}  {about}".rstrip())


def _utc(day: datetime | None) -> datetime | None:
    return None if day is None else day.replace(tzinfo=UTC)
