"""Usage: records of requests, and their totals by user, day and endpoint."""

import sqlalchemy as sa
from alembic import op

from migrations.rights import definer, of_a_user, shared

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

WRITE = """
WITH fresh AS (
    INSERT INTO usage_batches (id, at) VALUES (batch, now()) ON CONFLICT DO NOTHING RETURNING id
), given AS (
    SELECT used.*, to_timestamp(used.moment) AS at
    FROM fresh CROSS JOIN
        unnest(users, keys, endpoints, methods, statuses, milliseconds, sizes, requests, releases, moments)
        AS used (user_id, key_id, endpoint, method, status, milliseconds, bytes, request_id, release, moment)
    WHERE EXISTS (SELECT FROM public.users WHERE users.id = used.user_id)
), kept AS (
    INSERT INTO usage_records
        (user_id, key_id, endpoint, method, status, milliseconds, bytes, request_id, release, at)
    SELECT user_id, key_id, endpoint, method, status, milliseconds, bytes, request_id, release, at
    FROM given RETURNING 1
), counted AS (
    INSERT INTO usage_days AS days (user_id, day, endpoint, requests, refused, bytes, milliseconds)
    SELECT user_id, (at AT TIME ZONE 'UTC')::date AS day, endpoint,
        count(*), count(*) FILTER (WHERE status >= 400), sum(bytes), sum(milliseconds)
    FROM given GROUP BY user_id, day, endpoint
    ORDER BY user_id, day, endpoint -- one order of locks for every process that writes
    ON CONFLICT (user_id, day, endpoint) DO UPDATE SET
        requests = days.requests + excluded.requests, refused = days.refused + excluded.refused,
        bytes = days.bytes + excluded.bytes, milliseconds = days.milliseconds + excluded.milliseconds
)
SELECT count(*) FROM kept
"""


def upgrade() -> None:
    op.create_table(
        "usage_records",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key_id", sa.Uuid()),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("milliseconds", sa.Float(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("release", sa.Text()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="usage_records_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="usage_records_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_index("usage_records_at_idx", "usage_records", ["at"], postgresql_using="brin")
    op.create_table(
        "usage_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("milliseconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", "endpoint", name="usage_days_pkey"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="usage_days_user_id_fkey", ondelete="CASCADE"),
    )
    op.create_table(
        "usage_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="usage_batches_pkey"),
    )
    of_a_user("usage_records", worker="SELECT, DELETE", admin="SELECT", lookup="INSERT")
    of_a_user("usage_days", app="SELECT", worker="SELECT, DELETE", admin="SELECT", lookup="SELECT, INSERT, UPDATE")
    shared("usage_batches", "numbers of batches", worker="SELECT, DELETE", lookup="SELECT, INSERT")
    definer(
        "write_usage",
        "batch uuid, users uuid[], keys uuid[], endpoints text[], methods text[], statuses smallint[],"
        " milliseconds float8[], sizes bigint[], requests text[], releases text[], moments float8[]",
        "bigint",
        WRITE,
        volatile=True,
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION write_usage")
    for table in ("usage_records", "usage_days", "usage_batches"):
        op.drop_table(table)
