"""How far flags are let out."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import shared

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "flag_settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "environment", name="flag_settings_pkey"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name=op.f("flag_settings_percent_check")),
    )
    shared("flag_settings", "percentages, of nobody", app="SELECT", admin="SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.drop_table("flag_settings")
