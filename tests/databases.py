"""A real PostgreSQL for the tests that need one: the embedded server, migrated, one for a session."""

import asyncio
import atexit
import base64
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
from pydantic import SecretStr

from accounts.context import Context
from accounts.settings import AccountSettings
from kit.clock import Clock, system_clock
from kit.database import Database, Urls
from kit.postgres import Server, running
from kit.secrets import Secrets
from kit.settings import DATABASE_NAMES
from kit.store import Store
from migrations import migrate

Result = TypeVar("Result")
NOWHERE = Urls(*(f"postgresql://{role}:x@127.0.0.1:1/none" for role in ("app", "owner", "worker", "admin")))
STORE = Path(tempfile.mkdtemp(prefix="payband-tests-"))  # never the store of whoever runs the tests
atexit.register(shutil.rmtree, STORE, ignore_errors=True)
SECRETS = Secrets(bytes(range(32)))
SECRET_KEY = SecretStr(base64.b64encode(bytes(range(32))).decode())  # the same, as a setting


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server with the application's tables."""
    with running(Store(Path(tmp_path_factory.mktemp("postgres")))) as server:
        # Nobody needs the data after a power cut, and a commit that waits for a busy disk is no fault of what is run.
        with psycopg.connect(server.urls.owner, autocommit=True) as owner:
            owner.execute("ALTER SYSTEM SET fsync = off")
            owner.execute("SELECT pg_reload_conf()")
        migrate(server.urls.owner)
        yield server


def addresses(urls: Urls) -> dict[str, SecretStr]:
    """Settings that name these addresses."""
    return {name: SecretStr(url) for name, url in zip(DATABASE_NAMES, urls, strict=True)}


def context(clock: Clock = system_clock) -> Context:
    """What services need, with a master key of the tests' own."""
    return Context(SECRETS, AccountSettings(store=STORE), clock)


def on(url: str, work: Callable[[Database], Awaitable[Result]]) -> Result:
    """Run `work` on the database at `url`."""

    async def run() -> Result:
        database = Database(url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
