"""`payband serve`: the API over a store's current release."""

import click

from cli.options import store_option
from kit.store import Store


@click.command("serve")
@store_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Put TLS in front before changing it.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes on the one port.")
@click.option("--fd", type=click.IntRange(3), help="A socket that listens there already, opened by who starts this.")
def command(store: Store, host: str, port: int, workers: int, fd: int | None) -> None:
    """Serve the API until Ctrl-C, from the current release; a newer one is taken up within a second.

    \b
    ./payband serve --store /srv/payband --port 8000 --workers 2
    PAYBAND_DATABASE_URL=postgresql://… ./payband serve --store /srv/payband

    Without PAYBAND_DATABASE_URL the store's own PostgreSQL is started, or joined when it runs. Until there is a
    release, or while a PostgreSQL of your own does not answer, /ready and the insight doors answer 503.
    """
    from cli.database import application_database
    from kit.settings import read
    from serving.server import serve
    from serving.settings import ServingSettings

    with application_database(store, needed=False):
        settings = read(ServingSettings).model_copy(update={"store": store.root})
        serve(settings, port, workers=workers, host=host, fd=fd)
