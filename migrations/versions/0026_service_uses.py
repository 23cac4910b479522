"""What was used of priced services: for quotas, and so that no answer is paid twice."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import of_a_user

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "service_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="service_uses_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="service_uses_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint("credits >= 0", name=op.f("service_uses_credits_check")),
    )
    for columns in (["user_id", "service", "at"], ["user_id", "digest"], ["order_id"], ["at"]):
        op.create_index(f"service_uses_{'_'.join(columns)}_idx", "service_uses", columns)
    of_a_user("service_uses", app="SELECT, INSERT, DELETE", worker="SELECT, DELETE")


def downgrade() -> None:
    op.drop_table("service_uses")
