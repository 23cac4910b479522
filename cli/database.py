"""The application database for a command: the configured PostgreSQL, or the store's own, migrated."""

from collections.abc import Iterator
from contextlib import contextmanager

from kit.environment import environment
from kit.settings import DatabaseSettings, read
from kit.store import Store

URL, OWNER_URL = "PAYBAND_DATABASE_URL", "PAYBAND_DATABASE_OWNER_URL"


@contextmanager
def application_database(store: Store) -> Iterator[str]:
    """The application's URL, with every migration done, for as long as the block runs; children find it too."""
    from migrations import migrate

    configured = read(DatabaseSettings).urls()
    if configured:
        migrate(configured[1])
        yield configured[0]
        return
    from kit.postgres import running

    with running(store) as server:
        migrate(server.owner_url)
        with environment({URL: server.url, OWNER_URL: server.owner_url}):
            yield server.url
