"""The history of migrations ends where the models are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.schema import SchemaItem

from accounts.keys.models import ApiKey
from kit.database import Base, driver_url
from kit.postgres import Server
from migrations import migrate, task_queue

COMMENTS = ("add_table_comment", "remove_table_comment")  # migrations.rights has them say why a table is shared

SHOWN = """
    SELECT user_id, id, key_id, endpoint, method, status, milliseconds, bytes, request_id, release, at
    FROM usage_records ORDER BY id
"""


@pytest.fixture
def engine(postgres: Server) -> Iterator[Engine]:
    made = create_engine(driver_url(postgres.urls.owner, "psycopg"))
    yield made
    made.dispose()


def no_view(made: SchemaItem, *_: object) -> bool:
    """A view is mapped as a table is, and Alembic knows tables alone."""
    return not made.info.get("view")


def test_migrations_and_models_agree(engine: Engine) -> None:
    assert ApiKey.__table__ in Base.metadata.tables.values()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": no_view})
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


def test_requests_of_before_they_were_packed_keep_their_numbers(postgres: Server) -> None:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute("CREATE DATABASE before_packs")
    url = postgres.urls.owner.removesuffix("payband") + "before_packs"
    migrate(url, to="0031")
    at = datetime(2026, 9, 1, 23, 59, 59, 123456, tzinfo=UTC)
    rows = [(at, 1.5, "first", "20260901"), (at + timedelta(seconds=1), 2.25, "second", None)]
    with psycopg.connect(url) as connection:
        for row in rows:
            connection.execute(
                "INSERT INTO usage_records (user_id, endpoint, method, status, bytes, at, milliseconds, request_id,"
                " release) VALUES (gen_random_uuid(), '/door', 'GET', 429, 12, %s, %s, %s, %s)",
                row,
            )
        before = connection.execute(SHOWN).fetchall()
    migrate(url)
    with psycopg.connect(url) as connection:
        assert connection.execute(SHOWN).fetchall() == before != []
        assert connection.execute("SELECT day FROM usage_records ORDER BY id").fetchall() == [
            (at.date(),),
            (at.date() + timedelta(days=1),),
        ]
        assert connection.execute("SELECT nextval('usage_packs_id_seq')").fetchone() == (10_000,)
