"""`payband admin`: people with rights over the installation."""

import click

from cli.options import store_option
from kit.store import Store


@click.group("admin")
def command() -> None:
    """Create the first administrator.

    \b
    ./payband admin create ana@example.org

    Asked for on the machine itself, because nobody can be asked for permission before there is an administrator.
    """


@command.command()
@click.argument("email")
@store_option
def create(email: str, store: Store) -> None:
    """Make EMAIL an administrator, the account too if it is new, and print a live key for it."""
    from accounts.programs import create_admin
    from cli.database import application_database

    with application_database(store) as url:
        key = create_admin(url, email)
    click.echo(key)
    click.echo(f"{email} is an administrator; the key above is shown this once", err=True)
