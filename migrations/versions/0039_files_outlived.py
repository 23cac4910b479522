"""Offline files that outlive their licence are told by what they are, and not by how it came: the licence may have been
ended, or given an earlier end.
"""

from alembic import op

from kit.database import LOOKUP
from migrations.rights import definer, grant, seen_by_owner

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

GOOD = "NEW.status = 'active'"  # as of revision 0016
UNENDED = f"{GOOD} AND (NEW.expires_at IS NULL OR NEW.expires_at > NEW.changed_at)"  # and as of 0037
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
OUTLIVED = """
    SELECT DISTINCT f.licence_id FROM offline_files f JOIN licences l ON l.id = f.licence_id
    WHERE l.expires_at <= moment AND f.expires_at > moment
"""


def upgrade() -> None:
    _keep_revocations(GOOD, "status")
    with seen_by_owner("licences"):
        op.execute("DELETE FROM licence_revocations USING licences WHERE id = licence_id AND status = 'active'")
    grant("offline_files", lookup="SELECT (expires_at)")
    definer("licences_outlived", "moment timestamptz", "TABLE (licence_id uuid)", OUTLIVED)


def downgrade() -> None:
    op.execute("DROP FUNCTION licences_outlived(timestamptz)")
    op.execute(f"REVOKE SELECT (expires_at) ON offline_files FROM {LOOKUP}")  # noqa: S608  no query
    _keep_revocations(UNENDED, "status", "expires_at")


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
