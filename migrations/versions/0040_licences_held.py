"""How we stopped the licence of a payment that went back: what an operator did to it is not ours to undo."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("payments", "held", server_default=None, nullable=True)  # first: those that are not held have none
    was = "CASE WHEN NOT held THEN NULL WHEN refunded + lost >= amount THEN 'revoked' ELSE 'suspended' END"
    op.alter_column("payments", "held", type_=sa.Text(), postgresql_using=was)


def downgrade() -> None:
    was = "held IS NOT NULL"
    op.alter_column("payments", "held", type_=sa.Boolean(), nullable=False, postgresql_using=was)
    op.alter_column("payments", "held", server_default="false")
