"""`payband restore`: a store from a backup."""

from pathlib import Path

import click

from cli.options import store_option
from kit.store import Store


@click.command("restore")
@store_option
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
def command(store: Store, source: Path) -> None:
    """Make the store at --store from the backup SOURCE. The store must not be there yet, or be empty.

    \b
    ./payband restore --store /srv/payband /backups/payband-2026-11-21.tar.zst
    """
    from kit.backup import restore

    restore(source.resolve(), store)
    click.echo(f"{store.root} is restored: ./payband releases --store {store.root} shows what is in it")
