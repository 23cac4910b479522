"""`payband keys`: API keys from the command line."""

import uuid

import click

from cli.options import emit, json_option, store_option
from kit.errors import BadInput
from kit.store import Store


@click.group("keys")
def command() -> None:
    """Create, list or revoke API keys.

    \b
    ./payband keys create --email ana@example.org --name laptop
    ./payband keys list --email ana@example.org
    ./payband keys revoke 0198c7c2-…

    A key is shown once, when it is made; what is kept is its hash.
    """


@command.command()
@store_option
@click.option("--email", required=True, help="Whose key; the user is made if new.")
@click.option("--name", required=True, help="What the key is for, to recognise it by.")
@click.option("--test", "mode", flag_value="test", help="A key for trying out.")
@click.option("--live", "mode", flag_value="live", default="live", help="A key for real use; the default.")
def create(store: Store, email: str, name: str, mode: str) -> None:
    """Make a key and print it, alone, on standard output."""
    from accounts.programs import create_key
    from cli.database import application_database

    with application_database(store) as url:
        click.echo(create_key(url, email, name, "test" if mode == "test" else "live"))
    click.echo("this is the only time it is shown", err=True)


@command.command("list")
@store_option
@click.option("--email", required=True, help="Whose keys.")
@json_option
def list_(store: Store, email: str, as_json: bool) -> None:
    """A user's keys, oldest first: prefix, name, state, last use."""
    from accounts.programs import list_keys
    from cli.database import application_database

    with application_database(store) as url:
        found = list_keys(url, email)
    if as_json:
        emit({"keys": found})
        return
    for key in found:
        state = "revoked" if key["revoked_at"] else key["mode"]
        click.echo(
            f"{key['id']}  {key['prefix']}…  {key['name']:<24} {state:<8} last used {key['last_used_at'] or 'never'}"
        )


@command.command()
@click.argument("key_id", type=click.UUID)
@store_option
def revoke(key_id: uuid.UUID, store: Store) -> None:
    """Revoke a key for good; every process refuses it within a second."""
    from accounts.programs import revoke_key
    from cli.database import application_database

    with application_database(store) as url:
        if not revoke_key(url, key_id):
            raise BadInput(f"there is no key {key_id} that could be revoked")
    click.echo(f"{key_id} is revoked")
