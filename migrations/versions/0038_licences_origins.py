"""What a licence was first issued for goes with it: by that it is found, whoever has it, and whoever was erased."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import definer, seen_by_owner

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# As of revision 0035, and `origin`.
TAKEN = """
    WITH given AS (
        UPDATE licences SET status = 'transferred', changed_at = moment, transfer_hash = NULL, transfer_until = NULL
        WHERE transfer_hash = code AND transfer_until > moment AND status = 'active'
            AND (expires_at IS NULL OR expires_at > moment) AND user_id <> payband_user()
        RETURNING id, user_id, policy, {origin}expires_at, files
    ), freed AS (
        DELETE FROM machines WHERE licence_id IN (SELECT id FROM given)
    ), made AS (
        INSERT INTO licences
            (id, user_id, policy, prefix, hash, status, source, {origin}issued_at, expires_at, changed_at)
        SELECT number, payband_user(), policy, shown, digest, 'active', 'transfer:' || id, {origin}moment, expires_at,
            moment
        FROM given
    ), moved AS (
        UPDATE offline_files SET licence_id = number, user_id = payband_user()
        WHERE licence_id IN (SELECT id FROM given)
    )
    SELECT id, user_id FROM given
"""
# A licence that was issued in place of another of the same payment has its source, and `:` and a number.
ORIGINS = """
    WITH RECURSIVE chain AS (
        SELECT id, CASE WHEN source LIKE 'payment:%:%:%' THEN regexp_replace(source, ':[^:]*$', '') ELSE source END
            AS origin
        FROM licences WHERE source NOT LIKE 'transfer:%'
        UNION ALL
        SELECT l.id, c.origin FROM licences l JOIN chain c ON l.source = 'transfer:' || c.id
    )
    UPDATE licences l SET origin = c.origin FROM chain c WHERE c.id = l.id
"""


def upgrade() -> None:
    op.add_column("licences", sa.Column("origin", sa.Text()))
    with seen_by_owner("licences"):
        op.execute(ORIGINS)
    op.create_index("licences_origin_idx", "licences", ["origin"])
    _take_licence("origin, ")


def downgrade() -> None:
    _take_licence("")
    op.drop_index("licences_origin_idx", "licences")
    op.drop_column("licences", "origin")


def _take_licence(origin: str) -> None:
    op.execute("DROP FUNCTION take_licence(bytea, uuid, bytea, text, timestamptz)")  # LOOKUP's: it cannot be replaced
    definer(
        "take_licence",
        "code bytea, number uuid, digest bytea, shown text, moment timestamptz",
        "TABLE (licence_id uuid, user_id uuid)",
        TAKEN.replace("{origin}", origin),
        volatile=True,
    )
