"""Answers that are kept for a day, for requests that are sent again."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("taken_until", MOMENT, nullable=False),
        sa.Column("answer_sealed", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "digest", name="idempotency_keys_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="idempotency_keys_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("idempotency_keys_created_at_idx", "idempotency_keys", ["created_at"])
    of_a_user("idempotency_keys", app="SELECT, INSERT, UPDATE, DELETE", worker="SELECT, DELETE")


def downgrade() -> None:
    op.drop_table("idempotency_keys")
