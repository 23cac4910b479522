"""Usage is written from one JSON text: to encode arrays cost the process that answers twenty times as much."""

from alembic import op

from migrations.rights import definer

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WRITE = """
WITH fresh AS (
    INSERT INTO usage_batches (id, at) VALUES (batch, now()) ON CONFLICT DO NOTHING RETURNING id
), given AS MATERIALIZED (
    SELECT (used->>0)::uuid AS user_id, (used->>1)::uuid AS key_id, used->>2 AS endpoint, used->>3 AS method,
        (used->>4)::smallint AS status, (used->>5)::float8 AS milliseconds, (used->>6)::bigint AS bytes,
        used->>7 AS request_id, used->>8 AS release, to_timestamp((used->>9)::float8) AS at
    FROM fresh CROSS JOIN jsonb_array_elements(records) AS used
    WHERE EXISTS (SELECT FROM public.users WHERE users.id = (used->>0)::uuid)
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
ARRAYS = "uuid, uuid[], uuid[], text[], text[], smallint[], float8[], bigint[], text[], text[], float8[]"


def upgrade() -> None:
    op.execute(f"DROP FUNCTION write_usage({ARRAYS})")
    definer("write_usage", "batch uuid, records jsonb", "bigint", WRITE, volatile=True)


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before")
