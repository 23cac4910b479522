"""Roles, row-level security, and personal keys under which e-mail addresses and names of keys are sealed."""

import os
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import context, op

from kit.database import ADMIN, APPLICATION, LOOKUP, WORKER
from kit.errors import BadInput
from kit.secrets import Secrets, sealed
from migrations.rights import definer, of_a_user

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OWN = ("email_digest", "email_sealed", "name_sealed", "email_verified_at", "password_hash", "region")  # a user's to set


def upgrade() -> None:
    _roles()
    op.execute(
        "CREATE FUNCTION payband_user() RETURNS uuid LANGUAGE sql STABLE "
        "RETURN NULLIF(current_setting('payband.user_id', true), '')::uuid"
    )
    op.create_table(
        "person_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="person_keys_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="person_keys_user_id_fkey", ondelete="CASCADE"),
    )
    _columns()
    _seal_what_is_there()
    op.drop_index("users_email_key", table_name="users")
    op.drop_column("users", "email")
    op.drop_column("api_keys", "name")
    op.create_unique_constraint("users_email_digest_key", "users", ["email_digest"])
    op.alter_column("api_keys", "name_sealed", nullable=False)
    _rights()


def _roles() -> None:
    """The embedded server has them; on another, log-ins and passwords are its administrator's to give."""
    for role in (APPLICATION, WORKER, ADMIN, LOOKUP):
        there = f"SELECT FROM pg_roles WHERE rolname = '{role}'"
        op.execute(f"DO $$ BEGIN IF NOT EXISTS ({there}) THEN CREATE ROLE {role} NOLOGIN; END IF; END $$")
        op.execute(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM {role}")
        op.execute(f"ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM {role}")
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    op.execute(f"GRANT {LOOKUP} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")  # may give it functions
    op.execute(f"GRANT CREATE ON SCHEMA public TO {LOOKUP}")


def _columns() -> None:
    for column in (
        sa.Column("email_digest", sa.LargeBinary()),
        sa.Column("email_sealed", sa.LargeBinary()),
        sa.Column("name_sealed", sa.LargeBinary()),
        sa.Column("email_verified_at", sa.DateTime(timezone=True)),
        sa.Column("password_hash", sa.Text()),
        sa.Column("plan", sa.Text(), nullable=False, server_default="free"),
        sa.Column("status", sa.Text(), nullable=False, server_default="active"),
        sa.Column("region", sa.Text()),
    ):
        op.add_column("users", column)
    op.create_check_constraint(
        op.f("users_status_check"), "users", "status IN ('active', 'suspended', 'leaving', 'erased')"
    )
    op.create_check_constraint(op.f("users_region_check"), "users", "region ~ '^[A-Z]{2}$'")
    op.add_column("api_keys", sa.Column("name_sealed", sa.LargeBinary()))


def _seal_what_is_there() -> None:
    """As accounts.vault and accounts.users seal: said again here, because a migration must not change with the code."""
    connection = op.get_bind()
    users = connection.execute(sa.text("SELECT id, email FROM users")).all()
    secrets: Secrets | None = context.config.attributes.get("secrets")
    if users and secrets is None:
        raise BadInput("there are users whose addresses are to be sealed: migrate with the installation's secret key")
    for user_id, email in users:
        assert secrets is not None  # noqa: S101  said above
        key = os.urandom(32)
        kept = {"id": user_id, "sealed": secrets.seal("person-keys", key, str(user_id))}
        connection.execute(sa.text("INSERT INTO person_keys VALUES (:id, :sealed)"), kept)
        address = {
            "id": user_id,
            "digest": secrets.digest("email", email.lower()),
            "sealed": sealed(key, email.encode(), f"users.email:{user_id}"),
        }
        connection.execute(
            sa.text("UPDATE users SET email_digest = :digest, email_sealed = :sealed WHERE id = :id"), address
        )
        _seal_names(connection, user_id, key)


def _seal_names(connection: sa.Connection, user_id: uuid.UUID, key: bytes) -> None:
    owned: Any = connection.execute(sa.text("SELECT id, name FROM api_keys WHERE user_id = :id"), {"id": user_id})
    for key_id, name in owned.all():
        told = {"id": key_id, "sealed": sealed(key, name.encode(), f"api_keys.name:{user_id}")}
        connection.execute(sa.text("UPDATE api_keys SET name_sealed = :sealed WHERE id = :id"), told)


def _rights() -> None:
    of_a_user(
        "users",
        app=f"SELECT, INSERT, UPDATE ({', '.join(OWN)})",
        worker="SELECT, UPDATE, DELETE",
        admin="SELECT, INSERT, UPDATE",
        lookup="SELECT",
        owner_column="id",
    )
    of_a_user("person_keys", app="SELECT, INSERT", worker="SELECT, DELETE", admin="SELECT, INSERT")
    of_a_user(
        "api_keys",
        app="SELECT, INSERT, UPDATE",
        worker="SELECT, DELETE",
        admin="SELECT, INSERT, UPDATE",
        lookup="SELECT, UPDATE (last_used_at)",
    )
    definer("user_by_email", "digest bytea", "uuid", "SELECT id FROM users WHERE email_digest = digest")
    definer(
        "key_by_hash",
        "digest bytea",
        "TABLE (key_id uuid, user_id uuid, mode text, scopes text[], expires_at timestamptz, role text, plan text)",
        "SELECT k.id, k.user_id, k.mode, k.scopes, k.expires_at, u.role, u.plan "
        "FROM api_keys k JOIN users u ON u.id = k.user_id "
        "WHERE k.hash = digest AND k.revoked_at IS NULL AND u.status IN ('active', 'leaving')",
        APPLICATION,
        ADMIN,
    )
    definer(
        "note_keys_used",
        "keys uuid[], moments timestamptz[]",
        "void",
        "UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, used.moment) "
        "FROM unnest(keys, moments) AS used (id, moment) WHERE k.id = used.id",
        volatile=True,
    )


def downgrade() -> None:
    raise NotImplementedError("sealed addresses are not unsealed: restore a backup from before")
