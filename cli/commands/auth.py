"""`payband auth`: the keys that sign access tokens."""

import click

from cli.options import emit, json_option, store_option
from kit.store import Store


@click.group("auth")
def command() -> None:
    """List and rotate the keys that sign access tokens.

    \b
    ./payband auth keys
    ./payband auth rotate-keys             a new one, published now, signing in ten minutes
    ./payband auth rotate-keys --at-once   after a theft: no token signed before is good any more

    The worker rotates them by itself, every 90 days unless you say otherwise (PAYBAND_SIGNING_KEY_DAYS).
    """


@command.command()
@store_option
@json_option
def keys(store: Store, as_json: bool) -> None:
    """The keys that are published, in the order in which they sign."""
    from accounts.sessions.programs import signing_keys
    from cli.database import as_operator

    found = as_operator(store, signing_keys)
    if as_json:
        emit({"keys": found})
        return
    for key in found:
        click.echo(f"{key['id']}  {key['state']:<8} signs from {key['signs_from']:%Y-%m-%d %H:%M:%S} UTC")


@command.command("rotate-keys")
@store_option
@click.option("--at-once", is_flag=True, help="Sign with the new key now, and trust no other any more.")
@json_option
def rotate_keys(store: Store, at_once: bool, as_json: bool) -> None:
    """Make a new key: published at once, it signs once everybody who keeps our public keys has had time to see it."""
    from accounts.sessions.programs import rotate_signing_key
    from cli.database import as_operator

    made = as_operator(store, rotate_signing_key, at_once=at_once)
    if as_json:
        emit(made)
        return
    click.echo(f"{made['id']} signs from {made['signs_from']:%Y-%m-%d %H:%M:%S} UTC")
