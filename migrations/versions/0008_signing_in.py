"""Attempts that count, tokens that are good once, second factors."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import definer, of_a_user, shared

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _attempts()
    _one_time_tokens()
    _second_factors()
    definer(
        "credentials_by_email",
        "digest bytea",
        "TABLE (user_id uuid, password_hash text)",
        "SELECT u.id, u.password_hash FROM users u WHERE u.email_digest = digest",
    )
    definer(
        "one_time_token_holder",
        "digest bytea, wanted text",
        "uuid",
        "SELECT t.user_id FROM one_time_tokens t WHERE t.hash = digest AND t.purpose = wanted",
    )


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="attempts_pkey"),
    )
    op.create_index("attempts_subject_at_idx", "attempts", ["subject", "at"])
    op.create_index("attempts_at_idx", "attempts", ["at"])
    shared(
        "attempts",
        "keyed digests of addresses and accounts, of which many do not exist",
        app="SELECT, INSERT, DELETE",
        worker="SELECT, DELETE",
    )


def _one_time_tokens() -> None:
    op.create_table(
        "one_time_tokens",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("payload_sealed", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("hash", name="one_time_tokens_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="one_time_tokens_user_id_fkey", ondelete="CASCADE"),
        sa.CheckConstraint(
            "purpose IN ('verify_email', 'change_email', 'reset_password', 'magic_link', 'second_factor')",
            name=op.f("one_time_tokens_purpose_check"),
        ),
    )
    op.create_index("one_time_tokens_user_id_idx", "one_time_tokens", ["user_id"])
    of_a_user("one_time_tokens", app="SELECT, INSERT, UPDATE (used_at)", worker="SELECT, DELETE", lookup="SELECT")


def _second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("last_step", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("user_id", name="second_factors_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="second_factors_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("digest", name="recovery_codes_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="recovery_codes_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("recovery_codes_user_id_idx", "recovery_codes", ["user_id"])
    of_a_user(
        "second_factors",
        app="SELECT, INSERT, UPDATE (confirmed_at, last_step), DELETE",
        worker="SELECT, DELETE",
        admin="SELECT, DELETE",
    )
    of_a_user("recovery_codes", app="SELECT, INSERT, UPDATE (used_at), DELETE", worker="SELECT, DELETE", admin="DELETE")


def downgrade() -> None:
    op.execute("DROP FUNCTION credentials_by_email(bytea), one_time_token_holder(bytea, text)")
    for table in ("recovery_codes", "second_factors", "one_time_tokens", "attempts"):
        op.drop_table(table)
