"""Invoices are found by their subscription and their payment, offline files by when they end."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

FOUND_BY = (("invoices", "subscription"), ("invoices", "payment_id"), ("offline_files", "expires_at"))


def upgrade() -> None:
    for table, column in FOUND_BY:
        op.create_index(f"{table}_{column}_idx", table, [column])


def downgrade() -> None:
    for table, column in FOUND_BY:
        op.drop_index(f"{table}_{column}_idx", table)
