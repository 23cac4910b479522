"""What was paid, refunded, disputed and invoiced."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COUNTS = ("credits", "credits_due", "credits_back", "moves")


def upgrade() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("offer", sa.Text()),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("paid_at", MOMENT, nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0") for name in COUNTS),
        sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.PrimaryKeyConstraint("id", name="payments_pkey"),
    )
    for table, more in (("refunds", []), ("disputes", [sa.Column("reason", sa.Text(), nullable=False)])):
        op.create_table(
            table,
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("payment_id", sa.Text(), nullable=False),
            sa.Column("user_id", sa.Uuid(), nullable=False),
            sa.Column("amount", sa.BigInteger(), nullable=False),
            sa.Column("currency", sa.Text(), nullable=False),
            sa.Column("status", sa.Text(), nullable=False),
            *more,
            sa.Column("created_at", MOMENT, nullable=False),
            sa.PrimaryKeyConstraint("id", name=f"{table}_pkey"),
            sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=f"{table}_payment_id_fkey"),
        )
        op.create_index(f"{table}_payment_id_idx", table, ["payment_id"])
    _invoices()
    for table in ("payments", "refunds", "disputes", "invoices"):
        op.create_index(f"{table}_user_id_idx", table, ["user_id"])
        of_a_user(table, app="SELECT", worker="SELECT, INSERT, UPDATE", admin="SELECT")


def _invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text()),
        sa.Column("subscription", sa.Text()),
        sa.Column("payment_id", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("period_start", MOMENT, nullable=False),
        sa.Column("period_end", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("paid_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="invoices_pkey"),
    )


def downgrade() -> None:
    for table in ("invoices", "disputes", "refunds", "payments"):
        op.drop_table(table)
