"""`payband credits`: what users have to spend, and the books of it."""

import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click

from cli.options import emit, json_option, store_option
from kit.store import Store

NEGATIVE = {"ignore_unknown_options": True}  # or -5 is an option, and is not told what is wrong with it
SHOWN = 20  # faults; the rest are counted
reason_option = click.option("--reason", required=True, help="Why; it is kept in the audit trail.")
key_option = click.option("--key", help="The same key does it once for the same user, however often it is asked.")
days_option = click.option(
    "--days", type=click.IntRange(1, 36_500), help="How long the credits are good; without it, for good."
)


@click.group("credits")
def command() -> None:
    """Show a user's credits, give some, make codes for them, and verify the books.

    \b
    ./payband credits balance ana@example.org
    ./payband credits grant ana@example.org 50 --days 90 --reason "ticket 4711"
    ./payband credits history ana@example.org
    ./payband credits refund ana@example.org OPERATION --reason "ticket 4712: a wrong answer"
    ./payband credits code create 20 --uses 100 --ends 2027-01-31 --reason "spring fair"
    ./payband credits verify
    """


@command.command()
@click.argument("email")
@store_option
@json_option
def balance(email: str, store: Store, as_json: bool) -> None:
    """What EMAIL has, and the lots in the order in which they are spent."""
    from billing.credits.programs import balance
    from cli.database import as_operator

    found = as_operator(store, balance, email)
    if as_json:
        emit(asdict(found))
        return
    click.echo(f"{found.available} available, {found.reserved} reserved")
    for lot in found.lots:
        until = f"until {lot.expires_at:%F %T}" if lot.expires_at else "for good"
        click.echo(f"{lot.remains:>8}  {lot.source:<12} priority {lot.priority:<3}  {until}")


@command.command(context_settings=NEGATIVE)
@click.argument("email")
@click.argument("amount", type=int)
@reason_option
@days_option
@key_option
@store_option
def grant(email: str, amount: int, reason: str, days: int | None, key: str | None, store: Store) -> None:
    """Give EMAIL so many credits."""
    from billing.credits.programs import grant
    from cli.database import as_operator

    done = as_operator(store, grant, email, amount, reason, _kept(days), key or str(uuid.uuid4()))
    click.echo(f"{done.amount} credits given, {done.available} available; operation {done.id}")


@command.command()
@click.argument("email")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="How many operations.")
@click.option("--below", type=click.IntRange(min=1), help="Go on below the operation with this number.")
@store_option
@json_option
def history(email: str, limit: int, below: int | None, store: Store, as_json: bool) -> None:
    """What moved the credits of EMAIL, newest first."""
    from billing.credits.programs import history
    from cli.database import as_operator

    found = as_operator(store, history, email, below, limit)
    if as_json:
        emit({"operations": [asdict(line) for line in found]})
        return
    for line in found:
        click.echo(
            f"{line.seq:>6}  {line.at:%F %T}  {line.kind:<8} {line.change:>+8}  {line.available:>8} available  "
            f"{line.because:<9} {line.id}"
        )


@command.command(context_settings=NEGATIVE)
@click.argument("email")
@click.argument("operation", type=click.UUID)
@click.option("--amount", type=int, help="So much of it; without it, all that was not given back before.")
@reason_option
@key_option
@store_option
def refund(email: str, operation: uuid.UUID, amount: int | None, reason: str, key: str | None, store: Store) -> None:
    """Give EMAIL back what OPERATION spent, a `spend` or `commit` of `payband credits history`.

    It goes into the lots that it came from, or where one has ended into a new one that is good for thirty days.
    """
    from billing.credits.programs import refund
    from cli.database import as_operator

    done = as_operator(store, refund, email, operation, amount, reason, key or str(uuid.uuid4()))
    click.echo(f"{done.amount} credits given back, {done.available} available; operation {done.id}")


@command.group()
def code() -> None:
    """Codes that users redeem for credits, each user once."""


@code.command(context_settings=NEGATIVE)
@click.argument("amount", type=int)
@click.option("--uses", type=click.IntRange(min=1), default=1, show_default=True, help="How many users may redeem it.")
@click.option("--ends", type=click.DateTime(["%Y-%m-%d"]), help="The first day (UTC) on which it is good no more.")
@days_option
@reason_option
@store_option
def create(amount: int, uses: int, ends: datetime | None, days: int | None, reason: str, store: Store) -> None:
    """Make a code for so many credits and print it: it is kept as a hash, and shown this once.

    Without --ends it is good for thirty days.
    """
    from billing.credits.programs import create_code
    from cli.database import as_operator

    until = ends.replace(tzinfo=UTC) if ends else datetime.now(UTC) + timedelta(days=30)
    made = as_operator(store, create_code, amount, uses, until, _kept(days), reason)
    click.echo(made.text)
    click.echo(f"{amount} credits for {uses} users until {until:%F}; the code above is shown this once", err=True)


@command.command()
@store_option
@json_option
def verify(store: Store, as_json: bool) -> None:
    """Look at every entry of everybody's books. What is wrong is named, and the exit code is 1."""
    from billing.credits.programs import verify
    from cli.database import as_operator

    found = as_operator(store, verify)
    if as_json:
        emit(found._asdict() | {"faults": [fault._asdict() for fault in found.faults]})
    else:
        for fault in found.faults[:SHOWN]:
            click.echo(f"{fault.kind}: {fault.detail}")
        if len(found.faults) > SHOWN:
            click.echo(f"and {len(found.faults) - SHOWN} more")
        told = f"{len(found.faults)} faults" if found.faults else "and the books are in balance"
        click.echo(f"{found.operations} operations of {found.users} users, {told}")
    if found.faults:
        raise click.exceptions.Exit(1)


def _kept(days: int | None) -> timedelta | None:
    return timedelta(days=days) if days is not None else None
