"""Whether the books are right: everything that the database and the service keep, looked at once more from the rows."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from billing.credits import repository

GRACE = timedelta(minutes=5)  # in which the task that settles books has run several times


class Fault(NamedTuple):
    """Something that is wrong with the books; `kind` says what must not be."""

    kind: str
    detail: str


class Verdict(NamedTuple):
    """What was looked at, what all of it sums to by account, and what is wrong."""

    users: int
    operations: int
    totals: dict[str, int]
    faults: list[Fault]


# kind -> rows of one text each. `:late` is the time before which whatever was due is settled.
CHECKS: dict[str, str] = {
    "an operation that does not sum to zero": """
        SELECT format('operation %s sums to %s', o.id, coalesce(sum(e.amount), 0)) FROM credit_operations o
        LEFT JOIN credit_entries e ON e.operation_id = o.id AND e.user_id = o.user_id
        GROUP BY o.id HAVING coalesce(sum(e.amount), 1) <> 0
    """,
    "a lot that is not what its entries say": """
        SELECT format('entry %s of lot %s leaves %s, not %s', seq, lot_id, remains, told) FROM (
            SELECT lot_id, seq, remains, sum(amount) OVER lot AS told, row_number() OVER lot AS number
            FROM credit_entries WHERE lot_id IS NOT NULL WINDOW lot AS (PARTITION BY lot_id ORDER BY seq)
        ) e WHERE remains <> told OR remains < 0 OR seq <> number
    """,
    "a balance that is not what the entries say": """
        SELECT format('operation %s leaves %s available and %s reserved, not %s and %s', id, available, reserved, a, r)
        FROM (
            SELECT o.id, o.seq, o.available, o.reserved, sum(m.a) OVER books AS a, sum(m.r) OVER books AS r,
                row_number() OVER books AS number
            FROM credit_operations o CROSS JOIN LATERAL (
                SELECT coalesce(sum(amount) FILTER (WHERE account = 'available'), 0) AS a,
                    coalesce(sum(amount) FILTER (WHERE account = 'reserved'), 0) AS r
                FROM credit_entries WHERE operation_id = o.id
            ) m WINDOW books AS (PARTITION BY o.user_id ORDER BY o.seq)
        ) o WHERE available <> a OR reserved <> r OR seq <> number
    """,
    "a reservation that ended twice, too late, or with something left": """
        SELECT format('reservation %s ended %s times, last at %s, with %s left', r.id, ends, last, remains) FROM (
            SELECT r.id, r.lease_until, count(DISTINCT x.id) AS ends,
                max(x.at) FILTER (WHERE x.kind = 'commit') AS last, sum(e.amount) AS remains
            FROM credit_operations r JOIN credit_operations x ON x.origin_id = r.id AND x.kind IN ('commit', 'release')
            JOIN credit_entries e ON e.operation_id IN (r.id, x.id) AND e.account = 'reserved'
            WHERE r.kind = 'reserve' GROUP BY r.id
        ) r WHERE ends > 1 OR remains <> 0 OR last >= lease_until
    """,
    "a reservation that outlived its lease": """
        SELECT format('reservation %s of user %s was to end at %s', r.id, r.user_id, r.lease_until)
        FROM credit_operations r WHERE r.lease_until < :late AND NOT EXISTS (
            SELECT FROM credit_operations x WHERE x.origin_id = r.id AND x.kind IN ('commit', 'release'))
    """,
    "a lot that outlived its end": """
        SELECT format('lot %s of user %s has %s left and ended at %s', l.id, l.user_id, e.remains, l.expires_at)
        FROM credit_lots l JOIN LATERAL (
            SELECT remains FROM credit_entries WHERE lot_id = l.id ORDER BY seq DESC LIMIT 1
        ) e ON true WHERE l.expires_at < :late AND e.remains > 0
    """,
    "credits that were left when their price had gone back": """
        SELECT format('lot %s of user %s has %s left, and payment %s went back', lot_id, user_id, remains, payment_id)
        FROM (
            SELECT g.user_id, e.lot_id, p.id AS payment_id, CASE
                WHEN i.id IS NULL THEN p.credits * least(p.amount, p.refunded + p.disputed) / p.amount
                WHEN p.refunded + p.disputed >= p.amount THEN g.amount ELSE 0 END AS owed, (
                SELECT -coalesce(sum(b.amount), 0) FROM credit_entries b
                JOIN credit_operations o ON o.id = b.operation_id
                WHERE b.lot_id = e.lot_id AND starts_with(o.key, g.key || ':back:')) AS withdrawn
            FROM payments p JOIN users u ON u.id = p.user_id AND u.status <> 'erased'
            LEFT JOIN invoices i ON i.payment_id = p.id
            JOIN credit_operations g ON g.user_id = p.user_id AND g.kind = 'grant'
                AND (g.key = 'payment:' || p.id OR starts_with(g.key, 'invoice:' || i.id || ':'))
            JOIN credit_entries e ON e.operation_id = g.id AND e.lot_id IS NOT NULL
            WHERE p.refunded + p.disputed > 0
        ) l CROSS JOIN LATERAL (
            SELECT x.remains, o.at FROM credit_entries x JOIN credit_operations o ON o.id = x.operation_id
            WHERE x.lot_id = l.lot_id ORDER BY x.seq DESC LIMIT 1
        ) x WHERE withdrawn < owed AND remains > 0 AND at < :late
    """,
    "a refund of more than was spent": """
        SELECT format('%s was refunded %s of %s credits', s.id, sum(f.amount), s.amount)
        FROM (SELECT coalesce(origin_id, id) AS id, amount FROM credit_operations WHERE kind IN ('spend', 'commit')) s
        JOIN credit_operations f ON f.origin_id = s.id AND f.kind = 'refund'
        GROUP BY s.id, s.amount HAVING sum(f.amount) > s.amount
    """,
}


async def verify(session: AsyncSession, now: datetime, grace: timedelta = GRACE) -> Verdict:
    """Look at everybody's books, for a role that sees them; what is due has `grace` to be settled."""
    await repository.as_of_one_moment(session)
    found = await faults(session, now - grace)
    users, operations = await repository.count(session)
    return Verdict(users, operations, await repository.totals(session), found)


async def faults(session: AsyncSession, late: datetime) -> list[Fault]:
    """What is wrong; what was due before `late` is settled by now."""
    found = []
    for kind, query in CHECKS.items():
        asked = text(query).bindparams(late=late) if ":late" in query else text(query)
        found += [Fault(kind, str(detail)) for detail in await session.scalars(asked)]
    return found
