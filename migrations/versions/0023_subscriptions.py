"""Subscriptions as Stripe has them, and what their users are entitled to by them."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("period_start", MOMENT, nullable=False),
        sa.Column("period_end", MOMENT, nullable=False),
        sa.Column("cancel_at", MOMENT),
        sa.Column("unpaid_since", MOMENT),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("kept_plan", sa.Text()),
        sa.Column("kept_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="subscriptions_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="subscriptions_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("subscriptions_user_id_idx", "subscriptions", ["user_id"])
    op.create_table(
        "entitlements",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("until", MOMENT),
        sa.Column("next_at", MOMENT),
        sa.PrimaryKeyConstraint("user_id", name="entitlements_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="entitlements_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("entitlements_next_at_idx", "entitlements", ["next_at"])
    for table in ("subscriptions", "entitlements"):
        of_a_user(table, app="SELECT", worker=RIGHTS, admin="SELECT")


def downgrade() -> None:
    op.drop_table("entitlements")
    op.drop_table("subscriptions")
