"""Row-level security: what one user's transaction sees, whatever its query forgets, and what each role may not."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.users import service as users
from accounts.vault import service as vault
from kit.database import APPLICATION, LOOKUP, Database
from kit.postgres import Server
from migrations.rights import SHARED
from tests.databases import SECRETS, context, on
from tests.people import destroy_key

ROLES = ("application", "worker", "admin")
HOUSEKEEPING = "alembic_version"


@pytest.fixture
def owner(postgres: Server) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(postgres.urls.owner, autocommit=True) as connection:
        yield connection


def tables(owner: "psycopg.Connection[tuple[object, ...]]") -> dict[str, tuple[bool, str]]:
    """Every table of the application: whether row-level security is on and forced, and its comment."""
    query = """
        SELECT c.oid::regclass, c.relrowsecurity AND c.relforcerowsecurity,
            coalesce(obj_description(c.oid, 'pg_class'), '')
        FROM pg_class c WHERE c.relkind IN ('r', 'p')
        AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    """
    return {str(name): (bool(on), str(comment)) for name, on, comment in owner.execute(query)}


def test_every_table_is_a_users_with_a_policy_or_says_why_it_is_not(
    owner: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    found = tables(owner)
    assert {"users", "api_keys", "person_keys"} <= found.keys()
    policies = {str(name) for (name,) in owner.execute("SELECT DISTINCT tablename FROM pg_policies")}
    for name, (protected, comment) in found.items():
        if name == HOUSEKEEPING:
            continue
        if comment.startswith(SHARED):
            assert not protected, name
        else:
            assert protected, f"{name}: call migrations.rights.of_a_user, or shared with a reason, in its migration"
            assert name in policies


def test_no_role_passes_the_policies_by(owner: "psycopg.Connection[tuple[object, ...]]") -> None:
    query = "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles"
    rights = {name: told for name, *told in owner.execute(query + " WHERE rolname LIKE 'payband_%'")}
    assert rights.keys() == {"payband_owner", "payband_app", "payband_worker", "payband_admin", LOOKUP}
    for name in ("payband_app", "payband_worker", "payband_admin"):
        assert rights[name] == [False, False, False, False, True]
    assert rights[LOOKUP] == [False] * 5
    owned = "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname <> 'payband_owner'"
    assert owner.execute(owned + " AND c.relnamespace = 'public'::regnamespace").fetchone() == (0,)


def two_users(server: Server) -> tuple[uuid.UUID, uuid.UUID]:
    async def work(database: Database) -> tuple[uuid.UUID, uuid.UUID]:
        async with database.transaction() as session:
            made = [await users.create_user(session, context(), f"{uuid.uuid4().hex}@example.org") for _ in range(2)]
            return made[0].id, made[1].id

    return on(server.urls.admin, work)


def test_a_query_without_a_filter_sees_its_own_users_rows_alone(
    postgres: Server, owner: "psycopg.Connection[tuple[object, ...]]"
) -> None:
    mine, theirs = two_users(postgres)
    protected = [name for name, (on_, _) in tables(owner).items() if on_]
    with psycopg.connect(postgres.urls.application) as connection:
        connection.execute("SELECT set_config('payband.user_id', %s, true)", [str(mine)])
        for name in protected:
            granted = "SELECT has_table_privilege(%s, %s, 'SELECT')"
            if connection.execute(granted, [APPLICATION, name]).fetchone() != (True,):
                continue
            rows = connection.execute(sql.SQL("SELECT to_jsonb(t) FROM {} t").format(sql.Identifier(name))).fetchall()
            for (row,) in rows:
                assert row["id" if name == "users" else "user_id"] == str(mine), name
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)
        changed = connection.execute("UPDATE users SET region = 'DE' WHERE id = %s", [theirs])
        assert changed.rowcount == 0
    with psycopg.connect(postgres.urls.application) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,), "nobody sees nothing"
        connection.execute("SELECT set_config('payband.user_id', %s, true)", [str(mine)])
        connection.commit()
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,), "a user is for one transaction"


def test_nobody_makes_rows_for_another_nor_changes_what_is_not_theirs_to_say(postgres: Server) -> None:
    mine, theirs = two_users(postgres)
    refused = (
        ("INSERT INTO person_keys VALUES (%s, '')", theirs),
        ("UPDATE users SET role = 'admin' WHERE id = %s", mine),
        ("UPDATE users SET plan = 'enterprise' WHERE id = %s", mine),
        ("DELETE FROM users WHERE id = %s", mine),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY -- %s", mine),
    )
    for statement, user_id in refused:
        with psycopg.connect(postgres.urls.application) as connection:
            connection.execute("SELECT set_config('payband.user_id', %s, true)", [str(mine)])
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.replace("%s", f"'{user_id}'"))  # type: ignore[arg-type]


def test_a_persons_key_opens_their_own_fields_alone_and_once_destroyed_nothing(postgres: Server) -> None:
    mine, theirs = two_users(postgres)

    async def work(database: Database) -> None:
        async with database.transaction(mine) as session:
            key = await vault.key_of(session, SECRETS, mine)
            sealed = key.seal("users.name", "Ana")
            assert b"Ana" not in sealed
            assert key.open("users.name", sealed) == "Ana"
            with pytest.raises(vault.Permanent):
                key.open("users.email", sealed)
            await _cannot_be_had(session, theirs)
        async with database.transaction(theirs) as session:
            other = await vault.key_of(session, SECRETS, theirs)
            with pytest.raises(vault.Permanent):
                other.open("users.name", sealed)

    async def destroy(database: Database) -> None:
        async with database.transaction() as session:
            await destroy_key(session, mine)
            await _cannot_be_had(session, mine)

    on(postgres.urls.application, work)
    on(postgres.urls.worker, destroy)


async def _cannot_be_had(session: AsyncSession, user_id: uuid.UUID) -> None:
    with pytest.raises(vault.Erased):
        await vault.key_of(session, SECRETS, user_id)
