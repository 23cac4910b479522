"""Subscribers' webhooks: where they go, and how each fared."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.rights import of_a_user, shared

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "state IN ('waiting', 'delivered', 'failed', 'dropped')"
RIGHTS = "SELECT, INSERT, UPDATE, DELETE"


def upgrade() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret_sealed", sa.LargeBinary()),
        sa.Column("old_secret_until", MOMENT),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("disabled_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="hooks_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="hooks_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("hooks_user_id_idx", "hooks", ["user_id"])
    of_a_user("hooks", app=RIGHTS, worker=RIGHTS)
    _deliveries()
    op.create_table(
        "announced_releases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="announced_releases_pkey"),
    )
    shared("announced_releases", "ids of releases, which are public", worker="SELECT, INSERT")


def _deliveries() -> None:
    op.create_table(
        "hook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("hook_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.CheckConstraint(STATES, name=op.f("hook_deliveries_state_check")),
        sa.PrimaryKeyConstraint("id", name="hook_deliveries_pkey"),
        sa.ForeignKeyConstraint(["hook_id"], ["hooks.id"], name="hook_deliveries_hook_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="hook_deliveries_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("hook_deliveries_hook_id_id_idx", "hook_deliveries", ["hook_id", "id"])
    op.create_index("hook_deliveries_user_id_idx", "hook_deliveries", ["user_id"])
    op.create_index("hook_deliveries_created_at_idx", "hook_deliveries", ["created_at"])
    of_a_user("hook_deliveries", app=RIGHTS, worker=RIGHTS)


def downgrade() -> None:
    for table in ("announced_releases", "hook_deliveries", "hooks"):
        op.drop_table(table)
