"""The audit trail: an inbox that every role may put events into, and a chain that nobody's role may change."""

import sqlalchemy as sa
from alembic import op

from kit.database import LOOKUP, WORKER
from migrations.rights import of_a_user, shared

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The hash as accounts.audit.chain computes it: each part with its length before it.
CHAIN = """
DECLARE
    head audit_head%ROWTYPE;
    moment timestamptz;
    mine bytea;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    moment := greatest(head.at, clock_timestamp());
    mine := sha256(
        convert_to('payband-audit-1', 'UTF8')
        || audit_part(int8send(head.seq + 1)) || audit_part(timestamptz_send(moment))
        || audit_part(convert_to(NEW.action, 'UTF8')) || audit_part(uuid_send(NEW.user_id))
        || audit_part(convert_to(NEW.actor_kind, 'UTF8')) || audit_part(uuid_send(NEW.actor_id))
        || audit_part(convert_to(NEW.facts, 'UTF8')) || audit_part(NEW.sealed) || audit_part(head.hash)
    );
    INSERT INTO audit_log (seq, at, action, user_id, actor_kind, actor_id, facts, sealed, previous, hash)
    VALUES (head.seq + 1, moment, NEW.action, NEW.user_id, NEW.actor_kind, NEW.actor_id, NEW.facts, NEW.sealed,
            head.hash, mine);
    UPDATE audit_head SET seq = head.seq + 1, at = moment, hash = mine;
    DELETE FROM audit_inbox WHERE id = NEW.id;
    RETURN NULL;
END
"""
# Whoever breaks into the worker cannot remove what would show it: thirty days are always left.
FORGET = """
    WITH gone AS (
        DELETE FROM audit_log WHERE seq <= upto AND upto <= (
            SELECT max(seq) FROM audit_log WHERE at < clock_timestamp() - interval '30 days'
        ) RETURNING 1
    ) SELECT count(*) FROM gone
"""


def upgrade() -> None:
    _tables()
    op.execute(
        "CREATE FUNCTION audit_part(value bytea) RETURNS bytea LANGUAGE sql IMMUTABLE "
        "RETURN coalesce(int4send(octet_length(value)) || value, int4send(-1))"
    )
    _functions()
    of_a_user("audit_log", worker="SELECT", admin="SELECT", lookup="SELECT, INSERT, DELETE")
    empty = "no row is in it when a transaction ends: the database has moved it to audit_log"
    shared("audit_inbox", empty, app="INSERT", worker="INSERT", admin="INSERT", lookup="SELECT, DELETE")
    shared("audit_head", "where the chain ends", worker="SELECT", admin="SELECT", lookup="SELECT, UPDATE")
    once = "SELECT, INSERT, UPDATE"
    shared("audit_once", "keyed digests and times", app=once, worker=f"{once}, DELETE", admin=once)


def _tables() -> None:
    moment = sa.DateTime(timezone=True)

    def told() -> tuple[sa.Column[object], ...]:
        return (
            sa.Column("action", sa.Text(), nullable=False),
            sa.Column("user_id", sa.Uuid()),
            sa.Column("actor_kind", sa.Text(), nullable=False),
            sa.Column("actor_id", sa.Uuid()),
            sa.Column("facts", sa.Text(), nullable=False),
            sa.Column("sealed", sa.LargeBinary()),
        )

    op.create_table(
        "audit_inbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *told(),
        sa.PrimaryKeyConstraint("id", name="audit_inbox_pkey"),
    )
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", moment, nullable=False),
        *told(),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="audit_log_pkey"),
        sa.CheckConstraint("action ~ '^[a-z_]+[.][a-z_]+$'", name=op.f("audit_log_action_check")),
    )
    op.create_index("audit_log_user_id_seq_idx", "audit_log", ["user_id", "seq"])
    op.create_index("audit_log_at_idx", "audit_log", ["at"])
    op.create_table(
        "audit_head",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="audit_head_pkey"),
        sa.CheckConstraint("one = 1", name=op.f("audit_head_one_check")),
    )
    op.execute(r"INSERT INTO audit_head VALUES (1, 0, '2000-01-01 00:00+00', decode(repeat('00', 32), 'hex'))")
    op.create_table(
        "audit_once",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="audit_once_pkey"),
    )
    op.create_index("audit_once_until_idx", "audit_once", ["until"])


def _functions() -> None:
    safe = "SECURITY DEFINER SET search_path = public, pg_temp AS"
    op.execute(f"CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql {safe} $body${CHAIN}$body$")
    op.execute(f"CREATE FUNCTION audit_forget(upto bigint) RETURNS bigint LANGUAGE sql {safe} $body${FORGET}$body$")
    op.execute(
        "CREATE CONSTRAINT TRIGGER audit_inbox_chained AFTER INSERT ON audit_inbox "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit_chain()"
    )
    for function in ("audit_chain()", "audit_forget(bigint)"):
        op.execute(f"ALTER FUNCTION {function} OWNER TO {LOOKUP}")
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION audit_forget(bigint) TO {WORKER}")


def downgrade() -> None:
    raise NotImplementedError("a trail that could be taken away would be none")
