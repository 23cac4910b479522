"""The history of migrations ends where the models are."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from accounts.keys.models import ApiKey
from kit.database import Base, driver_url
from kit.postgres import Server
from migrations import migrate


def test_migrations_and_models_agree(postgres: Server) -> None:
    assert ApiKey.__table__ in Base.metadata.tables.values()
    engine = create_engine(driver_url(postgres.owner_url, "psycopg"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_migrating_again_changes_nothing(postgres: Server) -> None:
    migrate(postgres.owner_url)
