"""The ledger of credits, which the database itself keeps in balance, and codes that are redeemed for credits."""

import sqlalchemy as sa
from alembic import op

from kit.database import LOOKUP
from migrations.rights import of_a_user, shared

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KINDS = "kind IN ('grant', 'reserve', 'commit', 'release', 'spend', 'refund', 'expire', 'adjust')"
ACCOUNTS = "account IN ('issued', 'available', 'reserved', 'spent', 'expired')"
IN_A_LOT = "num_nonnulls(lot_id, seq, remains) = CASE account WHEN 'available' THEN 3 ELSE 0 END"

# What an operation leaves available and reserved is what the one before it left, and what its entries moved.
OPERATION = """
DECLARE
    before record;
    moved record;
BEGIN
    SELECT sum(amount) AS sum, coalesce(sum(amount) FILTER (WHERE account = 'available'), 0) AS available,
        coalesce(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS reserved, bool_and(user_id = NEW.user_id) AS own
        INTO moved FROM credit_entries WHERE operation_id = NEW.id;
    SELECT available, reserved INTO before FROM credit_operations WHERE user_id = NEW.user_id AND seq = NEW.seq - 1;
    IF moved.sum IS DISTINCT FROM 0 OR NOT moved.own OR (NEW.seq > 1 AND before IS NULL)
        OR NEW.available <> coalesce(before.available, 0) + moved.available
        OR NEW.reserved <> coalesce(before.reserved, 0) + moved.reserved THEN
        RAISE EXCEPTION 'operation % is not in balance', NEW.id
            USING ERRCODE = 'check_violation', TABLE = 'credit_operations', CONSTRAINT = 'credit_operations_balanced';
    END IF;
    RETURN NULL;
END
"""
# What remains in a lot is what the entry before left, and what this one moves; entries come with their operation alone.
ENTRY = """
DECLARE
    before bigint;
BEGIN
    SELECT remains INTO before FROM credit_entries WHERE lot_id = NEW.lot_id AND seq = NEW.seq - 1;
    IF NEW.remains <> coalesce(before, 0) + NEW.amount OR (NEW.seq > 1) <> (before IS NOT NULL)
        OR (SELECT sum(amount) FROM credit_entries WHERE operation_id = NEW.operation_id) IS DISTINCT FROM 0 THEN
        RAISE EXCEPTION 'entry % of operation % is not in balance', NEW.line, NEW.operation_id
            USING ERRCODE = 'check_violation', TABLE = 'credit_entries', CONSTRAINT = 'credit_entries_balanced';
    END IF;
    RETURN NULL;
END
"""


def upgrade() -> None:
    _books()
    _operations()
    _entries()
    _codes()
    _in_balance("credit_operations", OPERATION)
    _in_balance("credit_entries", ENTRY)
    of_a_user("credit_books", **dict.fromkeys(("app", "worker", "admin"), "SELECT, INSERT, UPDATE (due_at)"))
    for table in ("credit_lots", "credit_operations", "credit_entries"):
        of_a_user(table, **dict.fromkeys(("app", "worker", "admin"), "SELECT, INSERT"), lookup="SELECT")
    shared(
        "credit_codes", "an operator's, by keyed digests", app="SELECT, UPDATE (uses)", admin="SELECT, INSERT, UPDATE"
    )


def _books() -> None:
    op.create_table(
        "credit_books",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.PrimaryKeyConstraint("user_id", name="credit_books_pkey"),
    )
    op.create_index("credit_books_due_at_idx", "credit_books", ["due_at"])
    op.create_table(
        "credit_lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="credit_lots_pkey"),
        sa.CheckConstraint("priority BETWEEN 0 AND 100", name=op.f("credit_lots_priority_check")),
    )
    op.create_index("credit_lots_user_id_idx", "credit_lots", ["user_id"])


def _operations() -> None:
    op.create_table(
        "credit_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("origin_id", sa.Uuid()),
        sa.Column("lease_until", MOMENT),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("reason_sealed", sa.LargeBinary()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="credit_operations_pkey"),
        sa.UniqueConstraint("user_id", "seq", name="credit_operations_user_id_seq_key"),
        sa.UniqueConstraint("user_id", "key", name="credit_operations_user_id_key_key"),
        sa.ForeignKeyConstraint(["origin_id"], ["credit_operations.id"], name="credit_operations_origin_id_fkey"),
        sa.CheckConstraint(KINDS, name=op.f("credit_operations_kind_check")),
        sa.CheckConstraint("amount >= 0", name=op.f("credit_operations_amount_check")),
        sa.CheckConstraint("available >= 0 AND reserved >= 0", name=op.f("credit_operations_overdrawn_check")),
        sa.CheckConstraint(
            "(lease_until IS NOT NULL) = (kind = 'reserve')", name=op.f("credit_operations_lease_check")
        ),
        sa.CheckConstraint(
            "(origin_id IS NOT NULL) = (kind IN ('commit', 'release', 'refund'))",
            name=op.f("credit_operations_origin_check"),
        ),
    )
    for name, columns, unique, where in (
        ("origin_id_idx", ["origin_id"], False, "origin_id IS NOT NULL"),
        ("ended_key", ["origin_id"], True, "kind IN ('commit', 'release')"),
        ("user_id_lease_until_idx", ["user_id", "lease_until"], False, "lease_until IS NOT NULL"),
    ):
        op.create_index(
            f"credit_operations_{name}", "credit_operations", columns, unique=unique, postgresql_where=sa.text(where)
        )


def _entries() -> None:
    op.create_table(
        "credit_entries",
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.SmallInteger(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid()),
        sa.Column("seq", sa.BigInteger()),
        sa.Column("remains", sa.BigInteger()),
        sa.PrimaryKeyConstraint("operation_id", "line", name="credit_entries_pkey"),
        sa.UniqueConstraint("lot_id", "seq", name="credit_entries_lot_id_seq_key"),
        sa.ForeignKeyConstraint(["operation_id"], ["credit_operations.id"], name="credit_entries_operation_id_fkey"),
        sa.ForeignKeyConstraint(["lot_id"], ["credit_lots.id"], name="credit_entries_lot_id_fkey"),
        sa.CheckConstraint(ACCOUNTS, name=op.f("credit_entries_account_check")),
        sa.CheckConstraint("amount <> 0", name=op.f("credit_entries_amount_check")),
        sa.CheckConstraint("remains >= 0", name=op.f("credit_entries_overdrawn_check")),
        sa.CheckConstraint(IN_A_LOT, name=op.f("credit_entries_lot_check")),
    )
    op.create_index("credit_entries_user_id_idx", "credit_entries", ["user_id"])


def _codes() -> None:
    op.create_table(
        "credit_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kept_days", sa.BigInteger()),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("most_uses", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="credit_codes_pkey"),
        sa.UniqueConstraint("digest", name="credit_codes_digest_key"),
        sa.CheckConstraint("amount > 0", name=op.f("credit_codes_amount_check")),
        sa.CheckConstraint("uses BETWEEN 0 AND most_uses", name=op.f("credit_codes_uses_check")),
    )


def _in_balance(table: str, check: str) -> None:
    """Refuse, when a transaction commits, what `check` refuses of a row that it put into the table.

    The function sees every user's rows, whoever the transaction is for by then.
    """
    op.execute(
        f"CREATE FUNCTION {table}_in_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = public, pg_temp AS $body${check}$body$"
    )
    op.execute(
        f"CREATE CONSTRAINT TRIGGER {table}_balanced AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_in_balance()"
    )
    op.execute(f"ALTER FUNCTION {table}_in_balance() OWNER TO {LOOKUP}")
    op.execute(f"REVOKE ALL ON FUNCTION {table}_in_balance() FROM PUBLIC")


def downgrade() -> None:
    raise NotImplementedError("books that could be taken away would be none")
