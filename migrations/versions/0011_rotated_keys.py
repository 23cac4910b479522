"""Keys tell which key they were rotated into."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("replaced_by", sa.Uuid()))
    op.create_foreign_key(
        "api_keys_replaced_by_fkey", "api_keys", "api_keys", ["replaced_by"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    op.drop_column("api_keys", "replaced_by")
