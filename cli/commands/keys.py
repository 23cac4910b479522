"""`payband keys`: API keys from the command line."""

import uuid
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import click

from cli.options import emit, json_option, store_option
from kit.errors import BadInput
from kit.store import Store


@click.group("keys")
def command() -> None:
    """Create, list, rotate or revoke API keys.

    \b
    ./payband keys create --email ana@example.org --name laptop
    ./payband keys create --email ana@example.org --name ci --scopes insights:read,usage:read \\
        --expires 2027-01-01 --allow 203.0.113.0/24
    ./payband keys list --email ana@example.org
    ./payband keys rotate 0198c7c2-… --overlap-hours 48
    ./payband keys revoke 0198c7c2-…

    A key is shown once, when it is made; what is kept is its hash. Changes count within a second in every process.
    """


@command.command()
@store_option
@click.option("--email", required=True, help="Whose key; the user is made if new.")
@click.option("--name", required=True, help="What the key is for, to recognise it by.")
@click.option("--test", "mode", flag_value="test", help="A key that answers from the fixed sample release.")
@click.option("--live", "mode", flag_value="live", default="live", help="A key for real use; the default.")
@click.option("--scopes", default="insights:read", show_default=True, help="What it may do, by commas.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The day (UTC) on which it ends.")
@click.option("--allow", multiple=True, metavar="NETWORK", help="An address or network from which alone it is good.")
def create(
    store: Store, email: str, name: str, mode: str, scopes: str, expires: datetime | None, allow: tuple[str, ...]
) -> None:
    """Make a key and print it, alone, on standard output."""
    from accounts.keys.networks import read_networks
    from accounts.keys.rights import Rights
    from accounts.programs import create_key
    from cli.database import as_operator

    ends = expires.replace(tzinfo=UTC) if expires else None
    rights = Rights(_scopes(scopes), "test" if mode == "test" else "live", ends, read_networks(allow))
    click.echo(as_operator(store, create_key, email, name, rights))
    click.echo("this is the only time it is shown", err=True)


@command.command("list")
@store_option
@click.option("--email", required=True, help="Whose keys.")
@json_option
def list_(store: Store, email: str, as_json: bool) -> None:
    """A user's keys, newest first: prefix, name, state, scopes, last use."""
    from accounts.programs import list_keys
    from cli.database import as_operator

    found = as_operator(store, list_keys, email)
    if as_json:
        emit({"keys": [asdict(key) for key in found]})
        return
    for key in found:
        state = key.mode if key.state == "live" else key.state
        told = f"{key.id}  {key.prefix}…  {key.name:<24} {state:<8} {','.join(key.scopes)}"
        ends = f"  ends {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at and key.state == "live" else ""
        click.echo(f"{told}{ends}  last used {key.last_used_at or 'never'}")


@command.command()
@click.argument("key_id", type=click.UUID)
@store_option
@click.option(
    "--overlap-hours", type=click.IntRange(0, 168), default=24, show_default=True, help="How long the old key works on."
)
def rotate(key_id: uuid.UUID, store: Store, overlap_hours: int) -> None:
    """Make a key with the name and rights of KEY_ID, which works on for the overlap, and print the new one."""
    from accounts.programs import rotate_key
    from cli.database import as_operator

    made = as_operator(store, rotate_key, key_id, timedelta(hours=overlap_hours))
    click.echo(made.text)
    click.echo(f"this is the only time it is shown; {key_id} works for {overlap_hours} hours more", err=True)


@command.command()
@click.argument("key_id", type=click.UUID)
@store_option
def revoke(key_id: uuid.UUID, store: Store) -> None:
    """Revoke a key for good; every process refuses it within a second."""
    from accounts.programs import revoke_key
    from cli.database import as_operator

    if not as_operator(store, revoke_key, key_id):
        raise BadInput(f"there is no key {key_id} that could be revoked")
    click.echo(f"{key_id} is revoked")


def _scopes(text: str) -> frozenset[str]:
    from accounts.scopes import SCOPES

    wanted = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := sorted(wanted - SCOPES.keys()):
        raise BadInput(f"unknown scopes: {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    if not wanted:
        raise BadInput("a key without any scope could do nothing: name one")
    return wanted
