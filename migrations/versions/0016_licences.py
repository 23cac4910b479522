"""Licences, the machines that they are bound to, and which of them are good no more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from kit.database import LOOKUP
from migrations.rights import ACCESS, definer, of_a_user, shared, tells_of_changes

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
# Whoever has the code takes the licence over: the old one ends, and the taker has a new one of the same terms.
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
    )
    SELECT id, user_id FROM given
"""
USED = """
    WITH fresh AS (
        INSERT INTO usage_batches (id, at) VALUES (batch, now()) ON CONFLICT DO NOTHING RETURNING id
    ), given AS MATERIALIZED (
        SELECT (used->>0)::uuid AS id, (used->>1)::bigint AS count, to_timestamp((used->>2)::float8) AS at
        FROM fresh CROSS JOIN jsonb_array_elements(counts) AS used
    ), held AS MATERIALIZED ( -- one order of locks for every process that writes
        SELECT id FROM licences WHERE id IN (SELECT id FROM given) ORDER BY id FOR UPDATE
    )
    UPDATE licences SET validations = validations + given.count,
        last_validated_at = greatest(last_validated_at, given.at)
    FROM given JOIN held USING (id) WHERE licences.id = given.id
"""
SEEN = """
    WITH given AS MATERIALIZED (
        SELECT (seen->>0)::uuid AS id, seen->>1 AS version, to_timestamp((seen->>2)::float8) AS at
        FROM jsonb_array_elements(told) AS seen
    ), held AS MATERIALIZED (
        SELECT id FROM machines WHERE id IN (SELECT id FROM given) ORDER BY id FOR UPDATE
    )
    UPDATE machines SET last_seen_at = given.at, app_version = given.version
    FROM given JOIN held USING (id) WHERE machines.id = given.id AND machines.last_seen_at < given.at
"""
KEEP_REVOCATIONS = """
    CREATE FUNCTION keep_licence_revocations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND NEW.status = 'active' THEN
            DELETE FROM licence_revocations WHERE licence_id = OLD.id;
        ELSE
            INSERT INTO licence_revocations VALUES (OLD.id, now()) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END
    $$
"""
TELL_OF_MACHINES = f"""
    CREATE FUNCTION tell_of_machines() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('{ACCESS}', 'licence:' || coalesce(NEW.licence_id, OLD.licence_id));
        RETURN NULL;
    END
    $$
"""


def upgrade() -> None:
    _licences()
    _machines()
    _revocations()
    definer(
        "licence_by_hash",
        "digest bytea",
        "TABLE (licence_id uuid, user_id uuid, policy text, status text, expires_at timestamptz, user_status text)",
        "SELECT l.id, l.user_id, l.policy, l.status, l.expires_at, u.status "
        "FROM licences l JOIN users u ON u.id = l.user_id WHERE l.hash = digest",
    )
    definer(
        "take_licence",
        "code bytea, number uuid, digest bytea, shown text, moment timestamptz",
        "TABLE (licence_id uuid, user_id uuid)",
        TAKEN,
        volatile=True,
    )
    definer("note_licences_used", "batch uuid, counts jsonb", "void", USED, volatile=True)
    definer("note_machines_seen", "told jsonb", "void", SEEN, volatile=True)


def _licences() -> None:
    op.create_table(
        "licences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("transfer_hash", sa.LargeBinary()),
        sa.Column("transfer_until", MOMENT),
        sa.Column("files", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("validations", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("last_validated_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="licences_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="licences_user_id_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("hash", name="licences_hash_key"),
        sa.UniqueConstraint("source", name="licences_source_key"),
        sa.UniqueConstraint("transfer_hash", name="licences_transfer_hash_key"),
        sa.CheckConstraint(
            "status IN ('active', 'suspended', 'revoked', 'transferred')", name=op.f("licences_status_check")
        ),
    )
    op.create_index("licences_user_id_idx", "licences", ["user_id"])
    terms = "UPDATE (policy, status, expires_at, changed_at, transfer_hash, transfer_until)"
    of_a_user(
        "licences",
        app="SELECT, UPDATE (transfer_hash, transfer_until, files)",  # issued by who was paid, not by who asks
        worker=f"SELECT, INSERT, {terms}, DELETE",
        admin=f"SELECT, INSERT, {terms}",
        lookup="SELECT, INSERT, "
        "UPDATE (status, changed_at, transfer_hash, transfer_until, validations, last_validated_at)",
    )
    tells_of_changes("licences", "licence", "policy", "status", "expires_at")


def _machines() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("components", ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("app_version", sa.Text(), nullable=False),
        sa.Column("activated_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="machines_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="machines_user_id_fkey", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.id"], name="machines_licence_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("machines_user_id_idx", "machines", ["user_id"])
    op.create_index("machines_licence_id_idx", "machines", ["licence_id"])
    of_a_user(
        "machines",
        app="SELECT, INSERT, UPDATE (components, app_version, last_seen_at, lease_until), DELETE",
        worker="SELECT, DELETE",
        admin="SELECT, DELETE",
        lookup="SELECT, UPDATE (app_version, last_seen_at), DELETE",
    )
    op.execute(TELL_OF_MACHINES)
    op.execute(
        "CREATE TRIGGER machines_tell AFTER INSERT OR DELETE OR UPDATE OF components ON machines "
        "FOR EACH ROW EXECUTE FUNCTION tell_of_machines()"
    )


def _revocations() -> None:
    op.create_table(
        "licence_revocations",
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("licence_id", name="licence_revocations_pkey"),
    )
    reason = "numbers of licences that are good no more, for everybody to know"
    shared("licence_revocations", reason, app="SELECT", lookup="SELECT, INSERT, DELETE")
    op.execute(KEEP_REVOCATIONS)
    op.execute(f"ALTER FUNCTION keep_licence_revocations() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION keep_licence_revocations() FROM PUBLIC")
    for name, event in (
        ("ends", "AFTER UPDATE OF status ON licences FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)"),
        ("gone", "AFTER DELETE ON licences FOR EACH ROW"),
    ):
        op.execute(f"CREATE TRIGGER licences_{name} {event} EXECUTE FUNCTION keep_licence_revocations()")


def downgrade() -> None:
    op.execute("DROP FUNCTION note_machines_seen(jsonb), note_licences_used(uuid, jsonb), licence_by_hash(bytea)")
    op.execute("DROP FUNCTION take_licence(bytea, uuid, bytea, text, timestamptz)")
    for table in ("machines", "licences", "licence_revocations"):
        op.drop_table(table)
    op.execute("DROP FUNCTION tell_of_machines(), keep_licence_revocations()")
