"""What a user asked of one batch is one row: to make a row of each request was most of what usage cost PostgreSQL.

`usage_records` is from now on a view that shows the single requests of the rows of `usage_packs`.
"""

import sqlalchemy as sa
from alembic import op

from kit.database import ADMIN, LOOKUP, WORKER
from migrations.rights import definer, of_a_user

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BATCH = 10_000  # requests of a pack at most: so many numbers between two packs, so that each request has its own
MOVE = """
INSERT INTO usage_packs (user_id, id, day, endpoint, requests) OVERRIDING SYSTEM VALUE
SELECT user_id, id, (at AT TIME ZONE 'UTC')::date, endpoint, json_build_array(json_build_array(
    key_id, method, status, milliseconds, bytes, request_id, release, extract(epoch FROM at)
)) FROM usage_records
"""
BEYOND = "SELECT setval('usage_packs_id_seq', (coalesce(max(id), 0) / 10000 + 1) * 10000, false) FROM usage_packs"
SHOWN = """
CREATE VIEW usage_records WITH (security_invoker = true) AS
SELECT packs.user_id, packs.id + used.place - 1 AS id, packs.day, packs.endpoint,
    (used.one->>0)::uuid AS key_id, used.one->>1 AS method, (used.one->>2)::smallint AS status,
    (used.one->>3)::float8 AS milliseconds, (used.one->>4)::bigint AS bytes, used.one->>5 AS request_id,
    used.one->>6 AS release, to_timestamp((used.one->>7)::float8) AS at
FROM usage_packs packs CROSS JOIN LATERAL json_array_elements(packs.requests) WITH ORDINALITY AS used (one, place)
"""
WRITE = """
WITH fresh AS (
    INSERT INTO usage_batches (id, at) VALUES (batch, now()) ON CONFLICT DO NOTHING RETURNING id
), given AS MATERIALIZED (
    SELECT pack.* FROM fresh CROSS JOIN unnest(users, days, endpoints, packs, counts, refusals, sizes, times)
        AS pack (user_id, day, endpoint, requests, count, refused, bytes, milliseconds)
    WHERE EXISTS (SELECT FROM public.users WHERE users.id = pack.user_id)
), kept AS (
    INSERT INTO usage_packs (user_id, day, endpoint, requests)
    SELECT user_id, day, endpoint, requests FROM given
), counted AS (
    INSERT INTO usage_days AS days (user_id, day, endpoint, requests, refused, bytes, milliseconds)
    SELECT user_id, day, endpoint, count, refused, bytes, milliseconds FROM given
    ORDER BY user_id, day, endpoint -- one order of locks for every process that writes
    ON CONFLICT (user_id, day, endpoint) DO UPDATE SET
        requests = days.requests + excluded.requests, refused = days.refused + excluded.refused,
        bytes = days.bytes + excluded.bytes, milliseconds = days.milliseconds + excluded.milliseconds
)
SELECT coalesce(sum(count), 0)::bigint FROM given
"""
GIVEN = (
    "batch uuid, users uuid[], days date[], endpoints text[], packs json[], counts bigint[], refusals bigint[],"
    " sizes bigint[], times float8[]"
)
DROP = """
CREATE FUNCTION drop_usage_packs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM usage_packs WHERE user_id = OLD.id;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    op.create_table(
        "usage_packs",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True, increment=BATCH), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="usage_packs_pkey"),
    )
    op.create_index("usage_packs_day_idx", "usage_packs", ["day"], postgresql_using="brin")
    for statement in (MOVE, BEYOND, "DROP FUNCTION write_usage(uuid, jsonb)"):
        op.execute(statement)
    op.execute("DROP TRIGGER usage_records_go ON users")
    op.execute("DROP FUNCTION drop_usage_records()")
    op.drop_table("usage_records")
    op.execute(SHOWN)
    of_a_user("usage_packs", worker="SELECT, DELETE", admin="SELECT", lookup="SELECT, INSERT, DELETE")
    for role in (WORKER, ADMIN):
        op.execute(f"GRANT SELECT ON usage_records TO {role}")
    definer("write_usage", GIVEN, "bigint", WRITE, volatile=True)
    _goes_with_its_user()


def _goes_with_its_user() -> None:
    op.execute(DROP)
    op.execute(f"ALTER FUNCTION drop_usage_packs() OWNER TO {LOOKUP}")
    op.execute("REVOKE ALL ON FUNCTION drop_usage_packs() FROM PUBLIC")
    op.execute("CREATE TRIGGER usage_packs_go AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION drop_usage_packs()")


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before")
