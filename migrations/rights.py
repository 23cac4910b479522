"""Who may do what with a table: every migration that makes one ends by calling `of_a_user` or `shared` for it.

A table that holds a user's things has row-level security, forced. The application's role sees the rows of the user that
the transaction is for (kit.database.act_for) and, without one, none. Worker and admin see every row, and do what their
grants say. Nobody's role is a superuser's, and none may pass row-level security by.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op

from kit.database import ADMIN, APPLICATION, LOOKUP, WORKER

ACCESS = "payband_access"  # the channel of what changes who may do what
SHARED = "shared: "  # how the comment of a table begins that has no row-level security


def of_a_user(
    table: str, *, app: str = "", worker: str = "", admin: str = "", lookup: str = "", owner_column: str = "user_id"
) -> None:
    """Row-level security by `owner_column`; the rest are grants, such as "SELECT, INSERT, UPDATE (name)"."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    own = f"{owner_column} = payband_user()"
    op.execute(f"CREATE POLICY {table}_own ON {table} TO {APPLICATION} USING ({own}) WITH CHECK ({own})")
    for role, name, rights in ((WORKER, "worker", worker), (ADMIN, "admin", admin), (LOOKUP, "lookup", lookup)):
        if rights:
            op.execute(f"CREATE POLICY {table}_{name} ON {table} TO {role} USING (true) WITH CHECK (true)")
    grant(table, app=app, worker=worker, admin=admin, lookup=lookup)


@contextmanager
def seen_by_owner(*tables: str) -> Iterator[None]:
    """A migration that changes rows sees all of them meanwhile: whoever owns the tables is bound by policies, too."""
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def shared(table: str, reason: str, *, app: str = "", worker: str = "", admin: str = "", lookup: str = "") -> None:
    """A table that holds nothing of a user; `reason` says why it needs no row-level security."""
    op.execute(f"COMMENT ON TABLE {table} IS '{SHARED}{reason.replace(chr(39), chr(39) * 2)}'")
    grant(table, app=app, worker=worker, admin=admin, lookup=lookup)


def grant(table: str, *, app: str = "", worker: str = "", admin: str = "", lookup: str = "") -> None:
    """Rights on a table; for one that has them already, more."""
    for role, rights in ((APPLICATION, app), (WORKER, worker), (ADMIN, admin), (LOOKUP, lookup)):
        if rights:
            op.execute(f"GRANT {rights} ON {table} TO {role}")


def definer(name: str, arguments: str, returns: str, body: str, *roles: str, volatile: bool = False) -> None:
    """A look-up for when the caller is not known yet: SQL that runs with the rights of LOOKUP, and those are narrow.

    `arguments` and `returns` are SQL, such as "digest bytea" and "TABLE (id uuid)"; `roles` may call it (default: the
    application's). Anyone else may not.
    """
    kind = "VOLATILE" if volatile else "STABLE"
    signature = f"{name}({', '.join(part.strip().split(' ', 1)[1] for part in arguments.split(','))})"
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE sql {kind} SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $body${body}$body$"
    )
    op.execute(f"ALTER FUNCTION {signature} OWNER TO {LOOKUP}")
    op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    for role in roles or (APPLICATION,):
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO {role}")


def tells_of_changes(table: str, kind: str, *columns: str) -> None:
    """Every process hears `kind:id` on ACCESS when one of the columns changes, or the row goes: what it remembers of
    the row is to be forgotten. The row's key is its column `id`.
    """
    op.execute(
        "CREATE OR REPLACE FUNCTION payband_tell_access() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN "
        f"PERFORM pg_notify('{ACCESS}', TG_ARGV[0] || ':' || coalesce(NEW.id, OLD.id)); RETURN NULL; END $body$"
    )
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    for name, event in (
        ("changes", f"AFTER UPDATE OF {', '.join(columns)} ON {table} FOR EACH ROW WHEN ({changed})"),
        ("goes", f"AFTER DELETE ON {table} FOR EACH ROW"),
    ):
        op.execute(f"CREATE TRIGGER {table}_{name} {event} EXECUTE FUNCTION payband_tell_access('{kind}')")
