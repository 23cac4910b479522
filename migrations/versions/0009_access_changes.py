"""Keys are looked up many at once, tell of their changes, and may be limited to networks."""

import sqlalchemy as sa
from alembic import op

from kit.database import ADMIN, APPLICATION
from migrations.rights import definer, tells_of_changes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("networks_sealed", sa.LargeBinary()))
    op.execute("DROP FUNCTION key_by_hash(bytea)")
    definer(
        "keys_by_hash",
        "digests bytea[]",
        "TABLE (hash bytea, key_id uuid, user_id uuid, mode text, scopes text[], expires_at timestamptz, "
        "networks_sealed bytea, role text, plan text, status text)",
        "SELECT k.hash, k.id, k.user_id, k.mode, k.scopes, k.expires_at, k.networks_sealed, u.role, u.plan, u.status "
        "FROM api_keys k JOIN users u ON u.id = k.user_id "
        "WHERE k.hash = ANY (digests) AND k.revoked_at IS NULL AND u.status <> 'erased'",
        APPLICATION,
        ADMIN,
    )
    tells_of_changes("api_keys", "key", "scopes", "expires_at", "revoked_at", "networks_sealed")


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before")
