"""Whether what somebody is entitled to is renewed when it ends."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entitlements", sa.Column("renews", sa.Boolean(), server_default="false", nullable=False))
    op.execute("""
        UPDATE entitlements e SET renews = true FROM subscriptions s
        WHERE s.user_id = e.user_id AND s.period_end = e.until AND s.cancel_at IS NULL
            AND s.status IN ('active', 'trialing') AND e.state IN ('active', 'trialing')
    """)


def downgrade() -> None:
    op.drop_column("entitlements", "renews")
