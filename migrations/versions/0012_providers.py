"""Other identity providers: who is who there, what they told us, and who must not come back by what arrives late."""

import sqlalchemy as sa
from alembic import op

from kit.database import LOOKUP, WORKER
from migrations.rights import definer, grant, of_a_user, shared

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _identities()
    _tombstones()
    _events()
    definer(
        "provider_holder",
        "provider text, digest bytea",
        "TABLE (user_id uuid, role text, plan text, status text)",
        "SELECT u.id, u.role, u.plan, u.status FROM provider_identities i JOIN users u ON u.id = i.user_id "
        "WHERE i.provider = $1 AND i.subject_digest = $2",
    )
    grant("users", worker="INSERT")  # a webhook makes users, in a job
    grant("person_keys", worker="INSERT")
    grant("deletions", worker="INSERT")  # who was deleted there leaves here
    op.execute(f"GRANT EXECUTE ON FUNCTION user_by_email(bytea), user_leaves(uuid) TO {WORKER}")


def _identities() -> None:
    op.create_table(
        "provider_identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("subject_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="provider_identities_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="provider_identities_user_id_fkey", ondelete="CASCADE"),
        sa.UniqueConstraint("provider", "subject_digest", name="provider_identities_provider_subject_digest_key"),
    )
    op.create_index("provider_identities_user_id_idx", "provider_identities", ["user_id"])
    of_a_user(
        "provider_identities",
        app="SELECT, INSERT",
        worker="SELECT, INSERT, UPDATE (told_at), DELETE",
        admin="SELECT",
        lookup="SELECT",
    )


def _tombstones() -> None:
    op.create_table(
        "provider_tombstones",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("buried_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("provider", "subject_digest", name="provider_tombstones_pkey"),
    )
    reason = "keyed digests of who is gone, which tell nobody who it was"
    shared("provider_tombstones", reason, app="SELECT, DELETE", worker="SELECT, INSERT", lookup="INSERT")
    # However an identity goes, by a webhook or with its user, it is buried: no code has to remember to.
    op.execute(
        """
        CREATE FUNCTION bury_provider_identity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = public, pg_temp AS $$
        BEGIN
            INSERT INTO provider_tombstones VALUES (OLD.provider, OLD.subject_digest, now()) ON CONFLICT DO NOTHING;
            PERFORM pg_notify('payband_access', 'user:' || OLD.user_id);
            RETURN OLD;
        END
        $$
        """
    )
    op.execute(f"ALTER FUNCTION bury_provider_identity() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION bury_provider_identity() FROM PUBLIC")
    op.execute(
        "CREATE TRIGGER provider_identities_bury AFTER DELETE ON provider_identities "
        "FOR EACH ROW EXECUTE FUNCTION bury_provider_identity()"
    )


def _events() -> None:
    op.create_table(
        "provider_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=False),
        sa.Column("told_sealed", sa.LargeBinary()),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("applied_at", MOMENT),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="provider_events_pkey"),
        sa.UniqueConstraint("provider", "event_id", name="provider_events_provider_event_id_key"),
    )
    reason = "received before its user is known; sealed, and without what it told once it was applied"
    shared(
        "provider_events",
        reason,
        app="SELECT (id), INSERT",
        worker="SELECT, UPDATE (told_sealed, applied_at, outcome), DELETE",
    )


def downgrade() -> None:
    for table in ("provider_events", "provider_identities", "provider_tombstones"):
        op.drop_table(table)
    op.execute("DROP FUNCTION provider_holder(text, bytea)")
    op.execute("DROP FUNCTION bury_provider_identity()")
