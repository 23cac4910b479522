"""What of a payment's credits was taken back is told by the ledger alone.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

COUNTS = ("credits_due", "credits_back")


def upgrade() -> None:
    for name in COUNTS:
        op.drop_column("payments", name)


def downgrade() -> None:
    for name in COUNTS:
        op.add_column("payments", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
