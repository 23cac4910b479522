"""Sessions, their refresh tokens, and the keys that sign access tokens."""

import sqlalchemy as sa
from alembic import op

from kit.database import APPLICATION
from migrations.rights import definer, of_a_user, shared, tells_of_changes

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _sessions()
    _signing_keys()
    definer(
        "session_state",
        "sid uuid",
        "TABLE (user_id uuid, role text, plan text, status text, expires_at timestamptz)",
        "SELECT u.id, u.role, u.plan, u.status, s.expires_at FROM sessions s JOIN users u ON u.id = s.user_id "
        "WHERE s.id = sid AND s.ended_at IS NULL",
    )
    definer(
        "refresh_token_by_hash",
        "digest bytea",
        "TABLE (user_id uuid, session_id uuid)",
        "SELECT t.user_id, t.session_id FROM refresh_tokens t WHERE t.hash = digest",
    )
    tells_of_changes("sessions", "session", "ended_at")
    tells_of_changes("users", "user", "status", "role", "plan")


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("device_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="sessions_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="sessions_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint(
            "ended_by IN ('signed_out', 'revoked', 'replayed', 'password_changed', 'password_reset')",
            name=op.f("sessions_ended_by_check"),
        ),
    )
    op.create_index("sessions_user_id_idx", "sessions", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("hash", name="refresh_tokens_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="refresh_tokens_user_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="refresh_tokens_session_id_fkey", ondelete="CASCADE"
        ),
    )
    op.create_index("refresh_tokens_user_id_idx", "refresh_tokens", ["user_id"])
    op.create_index("refresh_tokens_session_id_idx", "refresh_tokens", ["session_id"])
    of_a_user(
        "sessions",
        app="SELECT, INSERT, UPDATE (last_used_at, expires_at, ended_at, ended_by)",
        worker="SELECT, DELETE",
        admin="SELECT, UPDATE (ended_at, ended_by)",
        lookup="SELECT",
    )
    of_a_user("refresh_tokens", app="SELECT, INSERT, UPDATE (used_at)", worker="SELECT, DELETE", lookup="SELECT")


def _signing_keys() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("private_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("signs_from", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="signing_keys_pkey"),
    )
    shared(
        "signing_keys",
        "keys of the installation, sealed under its secret",
        app="SELECT, INSERT",
        worker="SELECT, INSERT, UPDATE, DELETE",
        admin="SELECT, INSERT, UPDATE, DELETE",
    )


def downgrade() -> None:
    op.execute(f"REVOKE ALL ON sessions, refresh_tokens, signing_keys FROM {APPLICATION}")
    for trigger in ("users_changes", "users_goes"):
        op.execute(f"DROP TRIGGER {trigger} ON users")
    op.execute("DROP FUNCTION session_state(uuid), refresh_token_by_hash(bytea)")
    for table in ("refresh_tokens", "sessions", "signing_keys"):
        op.drop_table(table)
    op.execute("DROP FUNCTION payband_tell_access()")
