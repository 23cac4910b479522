"""Records of usage go with their user by a trigger: a foreign key cost a third of writing them.

What the key saw to is seen to once for a user, a day and a door instead of once a record. Whoever writes records locks
their user's totals, by the same statement; whoever deletes the user deletes the totals, and so waits for them, before
this trigger deletes the records (triggers of one event fire by name, and the key's begin with a capital).
"""

from alembic import op

from kit.database import LOOKUP

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

DROP = """
CREATE FUNCTION drop_usage_records() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM usage_records WHERE user_id = OLD.id;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.drop_constraint("usage_records_user_id_fkey", "usage_records", type_="foreignkey")
    op.execute(f"GRANT SELECT, DELETE ON usage_records TO {LOOKUP}")
    op.execute(DROP)
    op.execute(f"ALTER FUNCTION drop_usage_records() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION drop_usage_records() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER usage_records_go AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION drop_usage_records()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER usage_records_go ON users")
    op.execute("DROP FUNCTION drop_usage_records()")
    op.execute(f"REVOKE SELECT, DELETE ON usage_records FROM {LOOKUP}")
    op.create_foreign_key(
        "usage_records_user_id_fkey", "usage_records", "users", ["user_id"], ["id"], ondelete="CASCADE"
    )
