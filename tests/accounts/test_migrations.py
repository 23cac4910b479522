"""The history of migrations ends where the models are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import conninfo
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.schema import SchemaItem

from accounts.keys.models import ApiKey
from kit.database import LOOKUP, Base, driver_url
from kit.postgres import Server
from migrations import migrate, task_queue

COMMENTS = ("add_table_comment", "remove_table_comment")  # migrations.rights has them say why a table is shared

SHOWN = """
    SELECT user_id, id, key_id, endpoint, method, status, milliseconds, bytes, request_id, release, at
    FROM usage_records ORDER BY id
"""

BEFORE_ORIGINS = """
    WITH person AS (INSERT INTO users (id, created_at) VALUES (gen_random_uuid(), now()) RETURNING id),
    paid AS (
        INSERT INTO payments (id, user_id, offer, amount, currency, paid_at, refunded, disputed, lost, held)
        SELECT payment, id, 'x', 10, 'USD', now(), refunded, disputed, 0, payment > '1'
        FROM person, (VALUES ('1', 0, 0), ('2', 0, 10), ('3', 10, 0)) AS told (payment, refunded, disputed)
    ), first AS (
        INSERT INTO licences (id, user_id, policy, prefix, hash, status, source, issued_at, changed_at)
        SELECT gen_random_uuid(), id, 'x', prefix, prefix::bytea, status, source, now(), now()
        FROM person, (VALUES
            ('a', 'transferred', 'payment:1:x'), ('d', 'active', 'payment:1:x:1'), ('e', 'active', NULL)
        ) AS told (prefix, status, source)
        RETURNING id, user_id, prefix
    ), second AS (
        INSERT INTO licences (id, user_id, policy, prefix, hash, status, source, issued_at, changed_at)
        SELECT gen_random_uuid(), user_id, 'x', 'b', 'b', 'transferred', 'transfer:' || id, now(), now()
        FROM first WHERE prefix = 'a' RETURNING id, user_id
    )
    INSERT INTO licences (id, user_id, policy, prefix, hash, status, source, issued_at, changed_at)
    SELECT gen_random_uuid(), user_id, 'x', 'c', 'c', 'active', 'transfer:' || id, now(), now() FROM second
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


def test_licences_of_before_know_what_they_were_issued_for(postgres: Server) -> None:
    """Also where the tables' owner is bound by their policies, as on one's own PostgreSQL."""
    with psycopg.connect(postgres.urls.owner, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE payband_own LOGIN PASSWORD 'own'; GRANT {LOOKUP} TO payband_own WITH ADMIN OPTION")
        owner.execute("CREATE DATABASE before_origins OWNER payband_own")
    everything = conninfo.make_conninfo(postgres.urls.owner, dbname="before_origins")
    told = urlsplit(postgres.urls.owner)
    address = told.netloc.rpartition("@")[2]
    url = urlunsplit(told._replace(netloc=f"payband_own:own@{address}", path="/before_origins"))
    migrate(url, to="0037")
    with psycopg.connect(everything) as connection:
        connection.execute(BEFORE_ORIGINS)
    migrate(url)
    with psycopg.connect(everything) as connection:
        origins = connection.execute("SELECT prefix, origin FROM licences ORDER BY prefix").fetchall()
        held = connection.execute("SELECT id, held FROM payments ORDER BY id").fetchall()
        forced = connection.execute("SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname = 'licences'")
        assert forced.fetchone() == (True,)
    assert origins == [
        ("a", "payment:1:x"),
        ("b", "payment:1:x"),
        ("c", "payment:1:x"),
        ("d", "payment:1:x"),
        ("e", None),
    ]
    assert held == [("1", None), ("2", "suspended"), ("3", "revoked")]
