"""Who is which customer in Stripe, and which customers there are nobody's any more."""

import sqlalchemy as sa
from alembic import op

from kit.database import LOOKUP
from migrations.rights import of_a_user, shared

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEEP_LEFT = """
    CREATE FUNCTION keep_left_customers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        INSERT INTO left_customers VALUES (OLD.stripe_id, now()) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    op.create_table(
        "customers",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="customers_pkey"),
        sa.UniqueConstraint("stripe_id", name="customers_stripe_id_key"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="customers_user_id_fkey", ondelete="CASCADE"),
    )
    of_a_user("customers", app="SELECT, INSERT", worker="SELECT, INSERT, UPDATE, DELETE", admin="SELECT")
    op.create_table(
        "left_customers",
        sa.Column("stripe_id", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("stripe_id", name="left_customers_pkey"),
    )
    reason = "numbers in Stripe of customers that are nobody's any more, until they are deleted there"
    shared("left_customers", reason, worker="SELECT, INSERT, DELETE", lookup="SELECT, INSERT")
    op.execute(KEEP_LEFT)
    op.execute(f"ALTER FUNCTION keep_left_customers() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION keep_left_customers() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER customers_go AFTER DELETE ON customers FOR EACH ROW EXECUTE FUNCTION keep_left_customers()"
    )


def downgrade() -> None:
    op.drop_table("customers")
    op.drop_table("left_customers")
    op.execute("DROP FUNCTION keep_left_customers()")
