"""The history of migrations ends where the models are."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from accounts.keys.models import ApiKey
from kit.database import Base, driver_url
from kit.postgres import Server
from migrations import migrate


@pytest.fixture
def engine(postgres: Server) -> Iterator[Engine]:
    made = create_engine(driver_url(postgres.owner_url, "psycopg"))
    yield made
    made.dispose()


def test_migrations_and_models_agree(engine: Engine) -> None:
    assert ApiKey.__table__ in Base.metadata.tables.values()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(postgres: Server, engine: Engine) -> None:
    def tables() -> list[tuple[object, ...]]:
        """Every table with the number that a table made anew would not keep, and the migrations that have run."""
        with engine.connect() as connection:
            made = connection.execute(
                text("SELECT relname, oid FROM pg_class WHERE relnamespace = 'public'::regnamespace")
            )
            ran = connection.execute(text("SELECT version_num FROM alembic_version"))
            return sorted(map(tuple, [*made, *ran]), key=str)

    before = tables()
    migrate(postgres.owner_url)
    assert tables() == before
    assert before
