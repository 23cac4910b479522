"""What Stripe told us by webhooks."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import shared

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint("state IN ('received', 'done', 'parked')", name=op.f("stripe_events_state_check")),
        sa.PrimaryKeyConstraint("id", name="stripe_events_pkey"),
        sa.UniqueConstraint("event_id", name="stripe_events_event_id_key"),
    )
    waiting = sa.text("state = 'received'")
    op.create_index("stripe_events_object_id_idx", "stripe_events", ["object_id"], postgresql_where=waiting)
    op.create_index("stripe_events_state_id_idx", "stripe_events", ["state", "id"])
    shared(
        "stripe_events",
        "numbers of events and objects in Stripe, and nothing of what they tell",
        app="INSERT, SELECT (id, event_id)",
        worker="SELECT, INSERT, UPDATE, DELETE",
        admin="SELECT, UPDATE",
    )


def downgrade() -> None:
    op.drop_table("stripe_events")
