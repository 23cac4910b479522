"""What invoices are for."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "invoice_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("offer", sa.Text()),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("period_start", MOMENT, nullable=False),
        sa.Column("period_end", MOMENT, nullable=False),
        sa.Column("proration", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="invoice_lines_pkey"),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name="invoice_lines_invoice_id_fkey"),
    )
    op.create_index("invoice_lines_invoice_id_idx", "invoice_lines", ["invoice_id"])
    op.create_index("invoice_lines_user_id_idx", "invoice_lines", ["user_id"])
    of_a_user("invoice_lines", app="SELECT", worker="SELECT, INSERT, UPDATE", admin="SELECT")


def downgrade() -> None:
    op.drop_table("invoice_lines")
