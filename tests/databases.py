"""A real PostgreSQL for the tests that need one: the embedded server, migrated, one for a session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.postgres import Server, running
from kit.store import Store
from migrations import migrate


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with the application's tables."""
    with running(Store(Path(tmp_path_factory.mktemp("postgres")))) as server:
        migrate(server.owner_url)
        yield server
