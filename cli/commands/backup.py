"""`payband backup`: a store as one file, and its keys as another."""

from pathlib import Path

import click

from cli.options import store_option
from cli.progress import progress_bar
from kit.store import Store

KEYS = "payband.keys"


@click.command("backup")
@store_option
@click.option(
    "--keys",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"The file of keys, which each backup overwrites; without it {KEYS} beside TARGET.",
)
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def command(store: Store, keys: Path | None, target: Path) -> None:
    """Write the whole store, its database included, to the new file TARGET, and its keys to a file of their own.

    \b
    ./payband backup --store /srv/payband /backups/payband-2026-11-21.tar.zst

    The file of keys is one for all backups and always the newest: people who were erased since are erased from older
    backups too. Keep it safe and apart; without it nothing opens that tells who somebody is. The API goes on answering
    meanwhile; a run has to wait.
    """
    from accounts.vault import keeping
    from cli.database import account_context
    from kit.backup import backup
    from kit.postgres import running

    keys = (keys or target.resolve().with_name(KEYS)).resolve()
    with progress_bar("payband backup") as progress:
        size = backup(store, target.resolve(), progress, without_rows_of=keeping.TABLE)
    secrets = account_context(store).secrets
    if store.postgres.exists():
        with running(store) as server:
            count = keeping.save(server.urls.owner, secrets, store.secret_key, keys)
    else:
        count = keeping.save(None, secrets, store.secret_key, keys)
    click.echo(f"{target}: {size / 1e6:,.1f} MB; {keys}: the keys of {count} people")
