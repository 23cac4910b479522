"""Whoever takes a licence over has the offline files that are still good counted among their own."""

from alembic import op

from kit.database import LOOKUP
from migrations.rights import definer, grant

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

# As of revision 0016, and `moved`.
TAKEN = """
    WITH given AS (
        UPDATE licences SET status = 'transferred', changed_at = moment, transfer_hash = NULL, transfer_until = NULL
        WHERE transfer_hash = code AND transfer_until > moment AND status = 'active'
            AND (expires_at IS NULL OR expires_at > moment) AND user_id <> payband_user()
        RETURNING id, user_id, policy, expires_at, files
    ), freed AS (
        DELETE FROM machines WHERE licence_id IN (SELECT id FROM given)
    ), made AS (
        INSERT INTO licences (id, user_id, policy, prefix, hash, status, source, issued_at, expires_at, changed_at)
        SELECT number, payband_user(), policy, shown, digest, 'active', 'transfer:' || id, moment, expires_at, moment
        FROM given
    ){moved}
    SELECT id, user_id FROM given
"""
MOVED = """, moved AS (
        UPDATE offline_files SET licence_id = number, user_id = payband_user()
        WHERE licence_id IN (SELECT id FROM given)
    )"""


def upgrade() -> None:
    op.execute(f"CREATE POLICY offline_files_lookup ON offline_files TO {LOOKUP} USING (true) WITH CHECK (true)")
    grant("offline_files", lookup="SELECT (licence_id), UPDATE (licence_id, user_id)")
    _take_licence(MOVED)


def downgrade() -> None:
    _take_licence("")
    op.execute(f"REVOKE ALL ON offline_files FROM {LOOKUP}")
    op.execute("DROP POLICY offline_files_lookup ON offline_files")


def _take_licence(moved: str) -> None:
    op.execute("DROP FUNCTION take_licence(bytea, uuid, bytea, text, timestamptz)")  # LOOKUP's: it cannot be replaced
    definer(
        "take_licence",
        "code bytea, number uuid, digest bytea, shown text, moment timestamptz",
        "TABLE (licence_id uuid, user_id uuid)",
        TAKEN.replace("{moved}", moved),
        volatile=True,
    )
