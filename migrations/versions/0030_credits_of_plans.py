"""When credits of a plan that an invoice pays for are due next."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoices", sa.Column("next_credits_at", sa.DateTime(timezone=True)))
    op.create_index("invoices_next_credits_at_idx", "invoices", ["next_credits_at"])


def downgrade() -> None:
    op.drop_column("invoices", "next_credits_at")
