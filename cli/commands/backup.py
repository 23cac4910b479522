"""`payband backup`: a store as one file."""

from pathlib import Path

import click

from cli.options import store_option
from cli.progress import progress_bar
from kit.store import Store


@click.command("backup")
@store_option
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
def command(store: Store, target: Path) -> None:
    """Write the whole store, its database included, to the new file TARGET.

    \b
    ./payband backup --store /srv/payband /backups/payband-2026-11-21.tar.zst

    The API goes on answering meanwhile; a run has to wait.
    """
    from kit.backup import backup

    with progress_bar("payband backup") as progress:
        size = backup(store, target.resolve(), progress)
    click.echo(f"{target}: {size / 1e6:,.1f} MB")
