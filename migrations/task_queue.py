"""Procrastinate's tables, types and functions, in a schema of their own, as the installed version brings them.

A new version of the library may bring migrations of its own. The schema's comment remembers the last that ran, so a
migration of ours that calls `bring_up_to_date` again runs what is new; tests/accounts/test_migrations.py says when one
is due.
"""

from importlib import resources
from typing import Any

from alembic import op

SCHEMA = "procrastinate"


def newest() -> str:
    """The name of the last migration that the installed library has."""
    return _migrations()[-1]


def bring_up_to_date() -> None:
    """Make the schema, or run the library's migrations that have not run yet; tables belong to who migrates."""
    connection: Any = op.get_bind().connection.driver_connection
    there = connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [SCHEMA]
    ).fetchone()
    folder = resources.files("procrastinate.sql")
    if there is None:
        connection.execute(f"CREATE SCHEMA {SCHEMA}")
        due = [folder / "schema.sql"]
    else:
        due = [folder / "migrations" / name for name in _migrations() if name > there[0]]
    connection.execute(f"SET LOCAL search_path = {SCHEMA}")
    for script in due:
        connection.execute(script.read_text(encoding="utf-8"))
    connection.execute(PIN_NAMES)
    connection.execute("SET LOCAL search_path = DEFAULT")
    connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{newest()}'")


def _migrations() -> list[str]:
    folder = resources.files("procrastinate.sql") / "migrations"
    return sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))


# The library names its tables without a schema. Its functions keep to theirs whoever calls them, and nobody may call
# them who was not told that they may.
PIN_NAMES = f"""
DO $$
DECLARE
    called regprocedure;
BEGIN
    FOR called IN SELECT oid FROM pg_proc WHERE pronamespace = '{SCHEMA}'::regnamespace LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = {SCHEMA}, pg_temp', called);
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called);
    END LOOP;
END
$$
"""  # noqa: S608  no input but our own
