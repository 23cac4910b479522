"""`payband flags`: what is let out to some before it is let out to all."""

import click

from cli.options import emit, json_option, store_option
from kit.store import Store


@click.group("flags")
def command() -> None:
    """See and set how many users have what is let out by and by.

    \b
    ./payband flags list
    ./payband flags set webhook-endpoints 10 --reason "a tenth for a week"
    ./payband flags set webhook-endpoints usual --reason "nobody complained"

    A percentage holds in one environment (PAYBAND_ENVIRONMENT, otherwise `production`). Who has a flag at one
    percentage has it at every larger one.
    """


@command.command("list")
@store_option
@json_option
def list_flags(store: Store, as_json: bool) -> None:
    """Every flag, and how many in a hundred have it."""
    from accounts.flags import programs
    from cli.database import as_operator

    found = as_operator(store, programs.list_flags)
    if as_json:
        emit({"flags": [vars(flag) for flag in found]})
        return
    for flag in found:
        usual = "" if flag.percent == flag.usual else f" (usually {flag.usual} %)"
        click.echo(f"{flag.name}  {flag.percent} %{usual}  {flag.description}")


def _percent(_context: click.Context, _parameter: click.Parameter, text: str) -> int | None:
    if text == "usual":
        return None
    if not text.isascii() or not text.isdigit() or int(text) > 100:
        raise click.BadParameter("a whole number from 0 to 100, or `usual`")
    return int(text)


@command.command("set")
@click.argument("name")
@click.argument("percent", callback=_percent)
@click.option("--reason", required=True, help="Why; it is kept in the audit trail.")
@store_option
@json_option
def set_flag(name: str, percent: int | None, reason: str, store: Store, as_json: bool) -> None:
    """Let the flag NAME out to PERCENT users in a hundred, or to as many as `usual`."""
    from accounts.flags import programs
    from cli.database import as_operator

    made = as_operator(store, programs.set_flag, name, percent, reason)
    if as_json:
        emit(vars(made))
        return
    click.echo(f"{made.name}  {made.percent} %")
