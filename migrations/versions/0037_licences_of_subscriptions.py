"""A licence that was ended before its time is told to programs without a connection, as one that was revoked is; and
who brings it another plan's policy may turn its machines into seats, and back.
"""

from alembic import op

from kit.database import LOOKUP, WORKER
from migrations.rights import grant

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# As of revision 0016, which looked at `status` alone. Renewed, it ends after it was changed.
GOOD = "NEW.status = 'active'"
UNENDED = f"{GOOD} AND (NEW.expires_at IS NULL OR NEW.expires_at > NEW.changed_at)"

KEEP_REVOCATIONS = """
    CREATE FUNCTION keep_licence_revocations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND {good} THEN
            DELETE FROM licence_revocations WHERE licence_id = OLD.id;
        ELSE
            INSERT INTO licence_revocations VALUES (OLD.id, now()) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    grant("machines", worker="UPDATE (lease_until)")
    _keep_revocations(UNENDED, "status", "expires_at")


def downgrade() -> None:
    _keep_revocations(GOOD, "status")
    op.execute(f"REVOKE UPDATE (lease_until) ON machines FROM {WORKER}")


def _keep_revocations(good: str, *columns: str) -> None:
    for name in ("ends", "gone"):
        op.execute(f"DROP TRIGGER licences_{name} ON licences")
    op.execute("DROP FUNCTION keep_licence_revocations()")  # LOOKUP's: it cannot be replaced
    op.execute(KEEP_REVOCATIONS.replace("{good}", good))
    op.execute(f"ALTER FUNCTION keep_licence_revocations() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION keep_licence_revocations() FROM PUBLIC")
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    for name, event in (
        ("ends", f"AFTER UPDATE OF {', '.join(columns)} ON licences FOR EACH ROW WHEN ({changed})"),
        ("gone", "AFTER DELETE ON licences FOR EACH ROW"),
    ):
        op.execute(f"CREATE TRIGGER licences_{name} {event} EXECUTE FUNCTION keep_licence_revocations()")
