"""`payband privacy`: what proves that somebody was erased, and what is forgotten in time."""

import json
import uuid
from pathlib import Path

import click

from cli.options import store_option
from kit.store import Store


@click.group("privacy")
def command() -> None:
    """Show certificates of erasure, and verify them; forget what is over its time.

    \b
    ./payband privacy certificate 0198c7c2-… > certificate.json
    ./payband privacy verify-certificate certificate.json
    ./payband privacy verify-certificate certificate.json --key 5Jw…   of another installation
    ./payband privacy retain
    """


@command.command()
@click.argument("number", type=click.UUID)
@store_option
def certificate(number: uuid.UUID, store: Store) -> None:
    """Print the certificate with NUMBER as JSON."""
    from accounts.privacy.programs import certificate
    from cli.database import application_database

    with application_database(store) as urls:
        click.echo(certificate(urls.admin, number))


@command.command("verify-certificate")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--key", help="The public key of the installation that signed it; without it, this one's.")
@store_option
def verify_certificate(file: Path, key: str | None, store: Store) -> None:
    """Print what the certificate in FILE says, if it is as it was signed; else fail with exit code 2."""
    from accounts.privacy.certificates import check
    from accounts.privacy.programs import public_key
    from cli.database import account_context

    said = check(file.read_text(), key or public_key(account_context(store)))
    click.echo(json.dumps(said, indent=2, ensure_ascii=False))


@command.command()
@store_option
def retain(store: Store) -> None:
    """Have the worker forget what is older than its retention period, as Dagster's schedule does every night.

    For machines without Dagster, and for now instead of tonight.
    """
    from accounts.jobs.programs import defer_now
    from cli.database import application_database

    with application_database(store) as urls:
        number = defer_now(urls.worker, "privacy.retain")
    click.echo("it waits already" if number is None else f"job {number}")
