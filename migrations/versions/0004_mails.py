"""Mails to users, sealed until they are sent."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary()),
        sa.Column("letter_sealed", sa.LargeBinary()),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("sent_at", moment),
        sa.PrimaryKeyConstraint("id", name="mails_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="mails_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'refused', 'dropped')", name=op.f("mails_state_check")),
    )
    op.create_index("mails_user_id_idx", "mails", ["user_id"])
    of_a_user(
        "mails",
        app="INSERT",
        worker="SELECT, INSERT, UPDATE (state, address_sealed, letter_sealed, sent_at), DELETE",
        admin="SELECT, INSERT",
    )


def downgrade() -> None:
    op.drop_table("mails")
