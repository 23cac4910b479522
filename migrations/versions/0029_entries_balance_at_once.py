"""Entries are checked together when they are written, and no more each by itself when the transaction ends.

An operation's entries are written by one statement. To look at each of them alone, late, took half of a spend's time.
"""

from alembic import op

from kit.database import LOOKUP

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# What remains in a lot is what the entry before left, and what this one moves; entries come with their operation alone.
ENTRIES = """
DECLARE
    wrong uuid;
BEGIN
    SELECT m.operation_id INTO wrong FROM made m
        LEFT JOIN credit_entries before ON before.lot_id = m.lot_id AND before.seq = m.seq - 1
        WHERE m.remains <> coalesce(before.remains, 0) + m.amount OR (m.seq > 1) <> (before.seq IS NOT NULL) LIMIT 1;
    IF wrong IS NULL THEN
        SELECT m.operation_id INTO wrong FROM (SELECT DISTINCT operation_id FROM made) m
            WHERE (SELECT sum(amount) FROM credit_entries WHERE operation_id = m.operation_id) <> 0 LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entries of operation % are not in balance', wrong
            USING ERRCODE = 'check_violation', TABLE = 'credit_entries', CONSTRAINT = 'credit_entries_balanced';
    END IF;
    RETURN NULL;
END
"""


def upgrade() -> None:
    op.execute("DROP TRIGGER credit_entries_balanced ON credit_entries")
    op.execute("DROP FUNCTION credit_entries_in_balance()")  # LOOKUP's, so whoever migrates cannot replace it
    op.execute(
        "CREATE FUNCTION credit_entries_in_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $body${ENTRIES}$body$"
    )
    op.execute(
        "CREATE TRIGGER credit_entries_balanced AFTER INSERT ON credit_entries REFERENCING NEW TABLE AS made "
        "FOR EACH STATEMENT EXECUTE FUNCTION credit_entries_in_balance()"
    )
    op.execute(f"ALTER FUNCTION credit_entries_in_balance() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION credit_entries_in_balance() FROM PUBLIC")


def downgrade() -> None:
    raise NotImplementedError("books that could be taken away would be none")
