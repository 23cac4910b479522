"""Exports and deletions, the certificates of erasure, and tombstones of addresses."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import definer, grant, of_a_user, shared

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# Users do not set their status: these two let the one whom the transaction is for leave and stay.
LEAVES = """
    WITH left_ AS (
        UPDATE users u SET status = 'leaving'
        WHERE u.id = asked AND u.id = payband_user() AND u.status = 'active' AND (u.role <> 'admin' OR EXISTS (
            SELECT FROM users o WHERE o.role = 'admin' AND o.status = 'active' AND o.id <> u.id
        )) RETURNING u.id
    )
    SELECT CASE
        WHEN EXISTS (SELECT FROM left_) THEN 'leaving'
        WHEN EXISTS (SELECT FROM users u WHERE u.id = asked AND u.status = 'active') THEN 'last-admin'
        ELSE 'not-active'
    END
"""
STAYS = "UPDATE users u SET status = 'active' WHERE u.id = asked AND u.id = payband_user() AND u.status = 'leaving'"


def upgrade() -> None:
    _exports()
    _deletions()
    _afterwards()
    grant("users", lookup="UPDATE (status)")
    definer("user_leaves", "asked uuid", "text", LEAVES, volatile=True)
    definer("user_stays", "asked uuid", "void", STAYS, volatile=True)


def _exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("parts_done", sa.SmallInteger(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary()),
        sa.Column("size", sa.BigInteger()),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ready_at", MOMENT),
        sa.Column("expires_at", MOMENT),
        sa.Column("downloaded_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="exports_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="exports_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint(
            "status IN ('waiting', 'making', 'ready', 'downloaded', 'expired')", name=op.f("exports_status_check")
        ),
    )
    op.create_index("exports_user_id_idx", "exports", ["user_id"])
    of_a_user("exports", app="SELECT, INSERT, UPDATE (status, downloaded_at)", worker="SELECT, UPDATE, DELETE")


def _deletions() -> None:
    op.create_table(
        "deletions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("erased", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="deletions_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="deletions_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint(
            "status IN ('waiting', 'cancelled', 'erased', 'certified')", name=op.f("deletions_status_check")
        ),
    )
    op.create_index("deletions_user_id_idx", "deletions", ["user_id"])
    op.create_index(
        "deletions_waiting_key", "deletions", ["user_id"], unique=True, postgresql_where=sa.text("status = 'waiting'")
    )
    of_a_user(
        "deletions", app="SELECT, INSERT, UPDATE (status, ended_at)", worker="SELECT, UPDATE, DELETE", admin="SELECT"
    )


def _afterwards() -> None:
    op.create_table(
        "erasure_certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="erasure_certificates_pkey"),
    )
    op.create_table(
        "address_tombstones",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("buried_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="address_tombstones_pkey"),
    )
    op.create_index("address_tombstones_buried_at_idx", "address_tombstones", ["buried_at"])
    statements = "signed statements that name nobody"
    shared("erasure_certificates", statements, app="SELECT", worker="SELECT, INSERT", admin="SELECT")
    digests = "keyed digests that tell nobody who it was"
    everything = "SELECT, INSERT, UPDATE, DELETE"
    shared("address_tombstones", digests, app="SELECT, DELETE", worker=everything, admin="SELECT, DELETE")


def downgrade() -> None:
    op.execute("DROP FUNCTION user_leaves(uuid), user_stays(uuid)")
    for table in ("address_tombstones", "erasure_certificates", "deletions", "exports"):
        op.drop_table(table)
