"""Operators who revoke a licence have its holder's webhook endpoints told."""

from alembic import op

from kit.database import ADMIN
from migrations.rights import grant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RIGHTS = {"hooks": "SELECT", "hook_deliveries": "SELECT, INSERT"}


def upgrade() -> None:
    for table, rights in RIGHTS.items():
        op.execute(f"CREATE POLICY {table}_admin ON {table} TO {ADMIN} USING (true) WITH CHECK (true)")
        grant(table, admin=rights)


def downgrade() -> None:
    for table in RIGHTS:
        op.execute(f"DROP POLICY {table}_admin ON {table}")
        op.execute(f"REVOKE ALL ON {table} FROM {ADMIN}")
