"""Requests above the plan's limit that are paid for one by one."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "overage_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=False),
        sa.Column("per_thousand", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Text()),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="overage_choices_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="overage_choices_user_id_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("subscription_id", name="overage_choices_subscription_id_key"),
        sa.CheckConstraint("cap >= 0 AND per_thousand > 0", name=op.f("overage_choices_amounts_check")),
    )
    of_a_user("overage_choices", app="SELECT, INSERT, UPDATE", worker="SELECT, UPDATE, DELETE", admin="SELECT")
    op.create_table(
        "overage_leases",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("requests_per_hour", sa.Integer(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "hour", name="overage_leases_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="overage_leases_user_id_fkey", ondelete="CASCADE"),
    )
    of_a_user("overage_leases", app="SELECT, INSERT, UPDATE", worker="SELECT, DELETE", admin="SELECT")
    _hours()


def _hours() -> None:
    op.create_table(
        "overage_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("requests_per_hour", sa.Integer(), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=False),
        sa.Column("above", sa.BigInteger(), nullable=False),
        sa.Column("per_thousand", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.Column("reported_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="overage_hours_pkey"),
        sa.UniqueConstraint("user_id", "hour", name="overage_hours_user_id_hour_key"),
        sa.CheckConstraint(
            "above >= 0 AND above <= greatest(answered - requests_per_hour, 0)",
            name=op.f("overage_hours_above_check"),
        ),
    )
    due = "CREATE INDEX overage_hours_unreported_idx ON overage_hours (hour) WHERE above > 0 AND reported_at IS NULL"
    op.execute(due)
    # What was counted stays: of a row nobody may change anything but when Stripe was told.
    worker = "SELECT, INSERT, UPDATE (sent_at, reported_at)"
    of_a_user("overage_hours", app="SELECT", worker=worker, admin="SELECT")


def downgrade() -> None:
    for table in ("overage_hours", "overage_leases", "overage_choices"):
        op.drop_table(table)
