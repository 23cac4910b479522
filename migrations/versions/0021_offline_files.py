"""Which offline files of licences are still good, so that no more machines have one than a licence may be bound to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.rights import of_a_user

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offline_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("components", ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="offline_files_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="offline_files_user_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.id"], name="offline_files_licence_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("offline_files_user_id_idx", "offline_files", ["user_id"])
    op.create_index("offline_files_licence_id_idx", "offline_files", ["licence_id"])
    of_a_user("offline_files", app="SELECT, INSERT, DELETE", worker="SELECT, DELETE")


def downgrade() -> None:
    op.drop_table("offline_files")
