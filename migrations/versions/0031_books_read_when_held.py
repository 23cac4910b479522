"""Books are held and read by one call: a statement less for each movement of credits."""

from alembic import op

from kit.database import ADMIN, APPLICATION, WORKER

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

NAME = "credit_books_held(who uuid, wanted text, named uuid[])"
# The second statement sees what was committed until the first one had the lock. A row for each lot that has something
# in it, or is named, and one where there is none; no row where there are no books.
READ = """
#variable_conflict use_column
BEGIN
    PERFORM FROM credit_books WHERE user_id = who FOR UPDATE;
    RETURN QUERY
    SELECT b.due_at, last.seq, last.available, last.reserved, last.at, same.id,
        lot.id, lot.source, lot.priority, lot.expires_at, lot.granted_at, lot.seq, lot.remains
    FROM credit_books b
    LEFT JOIN LATERAL (
        SELECT seq, available, reserved, at FROM credit_operations WHERE user_id = b.user_id ORDER BY seq DESC LIMIT 1
    ) last ON true
    LEFT JOIN credit_operations same ON same.user_id = b.user_id AND same.key = wanted
    LEFT JOIN LATERAL (
        SELECT l.id, l.source, l.priority, l.expires_at, l.granted_at, e.seq, e.remains FROM credit_lots l
        CROSS JOIN LATERAL (
            SELECT seq, remains FROM credit_entries WHERE lot_id = l.id ORDER BY seq DESC LIMIT 1
        ) e
        WHERE l.user_id = b.user_id
            AND (l.id = ANY(named) OR (e.remains > 0 AND (l.expires_at IS NULL OR l.expires_at > last.at)))
    ) lot ON true
    WHERE b.user_id = who;
END
"""
COLUMNS = """due_at timestamptz, number bigint, available bigint, reserved bigint, at timestamptz, same uuid, id uuid,
    source text, priority smallint, expires_at timestamptz, granted_at timestamptz, seq bigint, remains bigint"""


def upgrade() -> None:
    op.execute(f"CREATE FUNCTION {NAME} RETURNS TABLE ({COLUMNS}) LANGUAGE plpgsql VOLATILE AS $body${READ}$body$")
    op.execute("REVOKE ALL ON FUNCTION credit_books_held FROM PUBLIC")
    for role in (APPLICATION, WORKER, ADMIN):
        op.execute(f"GRANT EXECUTE ON FUNCTION credit_books_held TO {role}")


def downgrade() -> None:
    op.execute("DROP FUNCTION credit_books_held")
