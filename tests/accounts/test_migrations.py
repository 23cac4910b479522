"""The history of migrations ends where the models are."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from accounts.keys.models import ApiKey
from kit.database import Base, driver_url
from kit.postgres import Server
from migrations import migrate, task_queue

COMMENTS = ("add_table_comment", "remove_table_comment")  # migrations.rights has them say why a table is shared


@pytest.fixture
def engine(postgres: Server) -> Iterator[Engine]:
    made = create_engine(driver_url(postgres.urls.owner, "psycopg"))
    yield made
    made.dispose()


def test_migrations_and_models_agree(engine: Engine) -> None:
    assert ApiKey.__table__ in Base.metadata.tables.values()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
        assert [difference for difference in found if difference[0] not in COMMENTS] == []


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
    migrate(postgres.urls.owner)
    assert tables() == before
    assert before


def test_the_task_queues_own_migrations_have_all_run(engine: Engine) -> None:
    """Where this fails after an update of procrastinate: add a migration that calls `bring_up_to_date`."""
    with engine.connect() as connection:
        ran = connection.scalar(text("SELECT obj_description('procrastinate'::regnamespace, 'pg_namespace')"))
    assert ran == task_queue.newest()
