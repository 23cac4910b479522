"""The application database for a command: the configured PostgreSQL, or the store's own, migrated."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

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
        before = {name: os.environ.get(name) for name in (URL, OWNER_URL)}
        os.environ |= {URL: server.url, OWNER_URL: server.owner_url}
        try:
            yield server.url
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
