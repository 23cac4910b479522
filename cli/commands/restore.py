"""`payband restore`: a store from a backup."""

from pathlib import Path

import click

from cli.commands.backup import KEYS
from cli.options import store_option
from kit.errors import BadInput
from kit.store import Store


@click.command("restore")
@store_option
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The newest file of keys; without it {KEYS} beside SOURCE.",
)
@click.argument("source", type=click.Path(path_type=Path, dir_okay=False))
def command(store: Store, keys: Path | None, source: Path) -> None:
    """Make the store at --store from the backup SOURCE. The store must not be there yet, or be empty.

    \b
    ./payband restore --store /srv/payband /backups/payband-2026-11-21.tar.zst

    Whoever was erased since the backup was written has no key in the newest file of keys, and is erased here again.
    """
    from accounts.privacy.programs import erase_again
    from accounts.vault import keeping
    from cli.database import account_context, application_database
    from kit.backup import restore
    from kit.postgres import running

    keys = (keys or source.resolve().with_name(KEYS)).resolve()
    if not keys.exists():
        raise BadInput(f"there is no file of keys at {keys}: name it with --keys")
    restore(source.resolve(), store)
    if store.postgres.exists():
        with running(store) as server:
            count = keeping.load(server.urls.owner, store.secret_key, keys)
        with application_database(store) as urls:
            again = erase_again(urls.worker, account_context(store))
        click.echo(f"{count} people have their keys; {again} who were erased since are erased again", err=True)
    else:
        keeping.load(None, store.secret_key, keys)
    click.echo(f"{store.root} is restored: ./payband releases --store {store.root} shows what is in it")
