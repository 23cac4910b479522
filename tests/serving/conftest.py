"""A small market's release, a real PostgreSQL, and the application over both."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.programs import create_key
from kit.postgres import Server
from kit.store import Store
from normalisation import reference
from serving.app import create_app
from serving.settings import ServingSettings
from tests.databases import SECRET_KEY, addresses, context, postgres
from tests.serving import marts
from tests.serving.client import Client, serving

__all__ = ["postgres"]

FIRST, SECOND = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 8, tzinfo=UTC)
RAISE = 1_000.0  # what the second release has more


@pytest.fixture(scope="session")
def taxonomy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built-in taxonomy, saved."""
    folder = tmp_path_factory.mktemp("taxonomy")
    reference.save(reference.build({}), folder)
    return folder


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, taxonomy: Path) -> Store:
    """A store with two releases; the second is current."""
    made = Store(tmp_path_factory.mktemp("store"))
    marts.release(made.releases, taxonomy, FIRST)
    marts.release(made.releases, taxonomy, SECOND, raised_by=RAISE)
    return made


@pytest.fixture(scope="session")
def key(postgres: Server) -> str:
    """A good key, of a user whose plan has every feature."""
    return create_key(postgres.urls.admin, context(), "reader@example.org", "tests", plan="enterprise")


@pytest.fixture(scope="session")
def anonymous(store: Store, postgres: Server) -> Iterator[Client]:
    """The application, asked without a key."""
    app = create_app(ServingSettings(store=store.root, secret_key=SECRET_KEY, **addresses(postgres.urls)))
    with serving(app) as client:
        yield client


@pytest.fixture
def client(anonymous: Client, key: str) -> Client:
    """The application, asked with a good key."""
    return anonymous.with_headers(Authorization=f"Bearer {key}")
