"""Every process hears at once of a signing key that is withdrawn."""

from alembic import op

from migrations.rights import tells_of_changes

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tells_of_changes("signing_keys", "signing_key", "withdrawn_at")


def downgrade() -> None:
    for trigger in ("signing_keys_changes", "signing_keys_goes"):
        op.execute(f"DROP TRIGGER {trigger} ON signing_keys")
